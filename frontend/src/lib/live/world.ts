import type { Fetch } from '../api/fetch'
import type { JpegDecoder } from './jpeg'

/** As much of a WebSocket as is used. */
export type WebSocketLike = Pick<WebSocket, 'binaryType' | 'bufferedAmount' | 'onopen' | 'onmessage' | 'onclose' | 'onerror' | 'send' | 'close'>

/** What the live client needs of a browser. Tests bring their own. */
export interface LiveWorld {
  /** Milliseconds, monotonic. */
  now(): number
  /** Unix milliseconds. */
  date(): number
  /** From 0 to 1, evenly spread. */
  random(): number
  readonly fetch: Fetch
  /** Opens a WebSocket at a path of the page's origin, or at an http(s) address. */
  openSocket(address: string): WebSocketLike
  /** A way of decoding JPEG of its own for each tile. */
  newJpegDecoder(): JpegDecoder
  /** Null where there is none. */
  readonly videoDecoder: typeof VideoDecoder | null
  readonly audioDecoder: typeof AudioDecoder | null
  /** Null where there is no sound. */
  newAudio(): AudioContext | null
  /** Whether the page came over TLS or from this machine: browsers keep decoders from others. */
  readonly secure: boolean
  /** Before the next paint. */
  frame(callback: () => void): void
}
