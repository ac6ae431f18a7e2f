import { vi } from 'vitest'

/** What all decoders of a test have done. */
export interface DecoderLog {
  readonly decoders: FakeVideoDecoder[]
  /** Frames that nobody closed. */
  open: number
  frames: number
  /** Bytes of the next frames: identical ones are identical pictures. */
  paint: (stamp: number) => number
}

/** jsdom has no WebCodecs: this stands for it. Pictures come out when the test says so. */
export class FakeVideoDecoder {
  state: CodecState = 'unconfigured'
  decodeQueueSize = 0
  readonly configured: VideoDecoderConfig[] = []
  readonly chunks: { readonly type: string; readonly timestamp: number }[] = []
  readonly #init: VideoDecoderInit
  readonly #log: DecoderLog

  constructor(init: VideoDecoderInit, log: DecoderLog) {
    this.#init = init
    this.#log = log
    log.decoders.push(this)
  }

  configure(config: VideoDecoderConfig): void {
    this.configured.push(config)
    this.state = 'configured'
  }

  decode(chunk: { readonly type: string; readonly timestamp: number }): void {
    if (this.state !== 'configured') throw new DOMException('not configured', 'InvalidStateError')
    this.chunks.push(chunk)
  }

  close(): void {
    if (this.state === 'closed') throw new DOMException('closed', 'InvalidStateError')
    this.state = 'closed'
  }

  /** The next picture comes out, or that of one chunk. */
  output(place?: number): void {
    const at = place ?? 0
    const chunk = this.chunks[at]
    if (chunk === undefined) throw new Error('nothing inside')
    this.chunks.splice(at, 1)
    this.#init.output(fakeFrame(chunk.timestamp, this.#log))
  }

  outputAll(): void {
    while (this.chunks.length > 0) this.output()
  }

  fail(name = 'EncodingError'): void {
    this.state = 'closed'
    this.#init.error(new DOMException('broken', name))
  }
}

function fakeFrame(timestamp: number, log: DecoderLog): VideoFrame {
  log.open++
  log.frames++
  let closed = false
  const size = 64
  return {
    timestamp, displayWidth: 640, displayHeight: 360,
    clone: () => fakeFrame(timestamp, log),
    allocationSize: () => size,
    copyTo: (to: Uint8Array) => {
      to.fill(log.paint(timestamp), 0, size)
      return Promise.resolve([])
    },
    close: () => {
      if (closed) throw new Error('closed twice')
      closed = true
      log.open--
    },
  } as unknown as VideoFrame
}

export interface FakeWebCodecs extends DecoderLog {
  readonly VideoDecoder: typeof VideoDecoder
  /** The newest. */
  readonly decoder: () => FakeVideoDecoder
}

/** WebCodecs that decodes the codecs whose names begin so. */
export function fakeWebCodecs(...able: readonly string[]): FakeWebCodecs {
  const log: DecoderLog = { decoders: [], open: 0, frames: 0, paint: (stamp) => stamp & 255 }
  vi.stubGlobal('EncodedVideoChunk', class {
    readonly type: string
    readonly timestamp: number
    constructor(init: EncodedVideoChunkInit) {
      this.type = init.type
      this.timestamp = init.timestamp
    }
  })
  const Decoder = class extends FakeVideoDecoder {
    static isConfigSupported = (config: VideoDecoderConfig): Promise<VideoDecoderSupport> => Promise.resolve({ config, supported: able.some((name) => config.codec.startsWith(name)) })
    constructor(init: VideoDecoderInit) {
      super(init, log)
    }
  }
  return Object.assign(log, {
    VideoDecoder: Decoder as unknown as typeof VideoDecoder,
    decoder: () => log.decoders.at(-1) as FakeVideoDecoder,
  })
}

/** A key unit of H.264 Main at level 3.1, as far as anything but a decoder looks. */
export const keyUnit = new Uint8Array([0, 0, 0, 1, 0x67, 0x4d, 0x40, 0x1f, 0x95, 0, 0, 0, 1, 0x68, 0xee, 0, 0, 0, 1, 0x65, 0x88])
export const deltaUnit = new Uint8Array([0, 0, 0, 1, 0x41, 0x9a])
