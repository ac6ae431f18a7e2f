import { alaw, g711, mulaw } from './g711'
import type { SoundMessage } from './protocol'
import { Resampler } from './resampler'
import type { LiveWorld } from './world'

/** Pieces come unevenly: so much is kept ahead, in seconds. */
const ahead = 0.2
/** More than this ahead is late: what comes then is left out. */
const most = 0.6

type Planes = Float32Array<ArrayBuffer>[]

/** Plays one tile's sound. What can't be decoded here is silence. */
export class SoundPlayer {
  readonly #world: Pick<LiveWorld, 'newAudio' | 'audioDecoder'>
  #audio: AudioContext | null = null
  #playAt = 0
  #resamplers: Resampler[] = []
  #format = ''
  #decoder: AudioDecoder | null = null
  #stamp = 0

  constructor(world: Pick<LiveWorld, 'newAudio' | 'audioDecoder'>) {
    this.#world = world
  }

  /** Called from a person's gesture: browsers let nothing else make noise. */
  open(): void {
    this.#audio ??= this.#world.newAudio()
    this.#audio?.resume().catch(() => undefined)
  }

  take(message: SoundMessage): void {
    if (this.#audio === null || message.codec === null || message.channels < 1 || message.rate < 1) return
    const format = `${message.codec} ${message.channels} ${message.rate} ${message.configuration.join()}`
    if (format !== this.#format) this.#begin(format, message)
    if (message.codec === 'alaw' || message.codec === 'mulaw') {
      this.#play(g711(message.data, message.codec === 'alaw' ? alaw : mulaw, message.channels))
    } else {
      this.#decode(message)
    }
  }

  close(): void {
    this.#endDecoder()
    this.#format = ''
    this.#playAt = 0
    const audio = this.#audio
    this.#audio = null
    if (audio !== null && audio.state !== 'closed') audio.close().catch(() => undefined)
  }

  #begin(format: string, message: SoundMessage): void {
    this.#endDecoder()
    this.#format = format
    const rate = this.#audio?.sampleRate ?? message.rate
    this.#resamplers = Array.from({ length: message.channels }, () => new Resampler(message.rate, rate))
    if (message.codec === 'aac' || message.codec === 'opus') this.#newDecoder(message)
  }

  #newDecoder(message: SoundMessage): void {
    if (this.#world.audioDecoder === null) return
    const decoder = new this.#world.audioDecoder({
      output: (data) => {
        const planes = planesOf(data)
        data.close()
        if (decoder === this.#decoder) this.#play(planes)
      },
      error: () => {
        if (decoder === this.#decoder) this.#decoder = null
      },
    })
    const config: AudioDecoderConfig = {
      codec: message.codec === 'aac' ? 'mp4a.40.2' : 'opus', sampleRate: message.rate, numberOfChannels: message.channels,
    }
    if (message.configuration.byteLength > 0) config.description = message.configuration.slice()
    try {
      decoder.configure(config)
      this.#decoder = decoder
    } catch {
      decoder.close()
    }
  }

  #decode(message: SoundMessage): void {
    this.#stamp = Math.max(this.#stamp + 1, Math.round(message.arrived * 1000) || 0)
    try {
      this.#decoder?.decode(new EncodedAudioChunk({ type: 'key', timestamp: this.#stamp, data: message.data }))
    } catch {
      this.#endDecoder()
    }
  }

  #endDecoder(): void {
    const decoder = this.#decoder
    this.#decoder = null
    if (decoder !== null && decoder.state !== 'closed') decoder.close()
  }

  #play(planes: Planes): void {
    const audio = this.#audio
    if (audio === null || audio.state !== 'running') return
    const resampled = planes.map((plane, channel) => this.#resamplers[channel]?.push(plane) ?? plane)
    const frames = resampled[0]?.length ?? 0
    if (frames === 0) return
    if (this.#playAt < audio.currentTime) this.#playAt = audio.currentTime + ahead
    if (this.#playAt > audio.currentTime + most) return
    const buffer = audio.createBuffer(resampled.length, frames, audio.sampleRate)
    resampled.forEach((plane, channel) => buffer.copyToChannel(plane, channel))
    const source = audio.createBufferSource()
    source.buffer = buffer
    source.connect(audio.destination)
    source.start(this.#playAt)
    this.#playAt += frames / audio.sampleRate
  }
}

function planesOf(data: AudioData): Planes {
  return Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
    const plane = new Float32Array(data.numberOfFrames)
    data.copyTo(plane, { planeIndex, format: 'f32-planar' })
    return plane
  })
}
