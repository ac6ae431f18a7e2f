import { jpegDecoderFor } from './jpeg'
import type { LiveWorld } from './world'

/** What a browser, or our window, has for the live client. */
export function browserLiveWorld(): LiveWorld {
  return {
    now: () => performance.now(),
    date: () => Date.now(),
    random: () => Math.random(),
    fetch: (address, init) => fetch(address, init),
    openSocket: (address) => new WebSocket(new URL(address, location.href).href.replace(/^http/, 'ws')),
    newJpegDecoder: () => jpegDecoderFor(navigator.userAgent),
    videoDecoder: 'VideoDecoder' in globalThis && 'EncodedVideoChunk' in globalThis ? VideoDecoder : null,
    audioDecoder: 'AudioDecoder' in globalThis && 'EncodedAudioChunk' in globalThis ? AudioDecoder : null,
    newAudio: () => ('AudioContext' in globalThis ? new AudioContext() : null),
    secure: isSecureContext,
    frame: (callback) => void requestAnimationFrame(callback),
  }
}
