import { codecString } from './codec-string'
import type { FrameCopier } from './frame-copy'
import type { Decoded } from './jpeg'
import type { Caption, Path, PathOut } from './path'

export interface CodedConfig {
  readonly codec: 'h264' | 'h265'
  readonly videoDecoder: typeof VideoDecoder
  readonly now: () => number
  readonly out: PathOut
  /** Where copying is faster than drawing. */
  readonly copier: FrameCopier | null
  /** Each picture that is going to be shown; it is closed when this returns. */
  readonly onFrame: (frame: VideoFrame, caption: Caption) => void
  /** The path is of no use any more: nothing here decodes it, or the decoder lost its way. */
  readonly onFailed: (why: 'unsupported' | 'error') => void
}

/** When nothing came out for so long, the decoder waits for more units before it gives out what it has. */
const idleMs = 150
/** More than this is not order of display, but units that never come out. */
const deepest = 32
/** So many units waiting, or so long on the way through, for so long: it is too slow. */
const queueLimit = 8
const throughLimitMs = 250
const slowMs = 3000
/** So many units go in before the first picture must come: no stream holds more (H.264, section A.3.1). */
const firstPatience = 16
/** So many more than it held when the last picture came. */
const patience = 4
/** A decoder that owes a picture for so long does not give it. */
const owesMs = 3000
/** A longer pause between two looks is the page's sleep, not the decoder's. */
const longestTickMs = 1000

interface Waiting {
  readonly frame: VideoFrame
  readonly caption: Caption
}

/** Decodes the camera's own stream by WebCodecs. The first unit that counts is a key unit. */
export class CodedPath implements Path {
  readonly name = 'WebCodecs'
  readonly #config: CodedConfig
  #decoder: VideoDecoder | null = null
  #configured = ''
  /** What the decoder has, by its time stamp, oldest first. */
  readonly #inside = new Map<number, Caption>()
  #stamp = 0
  /** How many units the decoder keeps before it gives out the first. */
  #holds = 0
  #movedAt = 0
  /** Units that went in since a picture came out, and how many may. */
  #wentIn = 0
  #patience = firstPatience
  #owesMs = 0
  #tickedAt = 0
  #arrivedAt: number | null = null
  /** Pauses between units, of late. */
  readonly #gaps: number[] = []
  readonly #through: number[] = []
  #slowSince: number | null = null
  #slow = false
  #waiting: Waiting | null = null
  #copying = false

  constructor(config: CodedConfig) {
    this.#config = config
  }

  take(caption: Caption, data: Uint8Array<ArrayBuffer>): void {
    if (caption.key && !this.#configure(data)) return
    if (this.#decoder === null) {
      this.#config.out.passed(caption)
      return
    }
    // Microseconds that grow: what counts is that they tell pictures apart.
    this.#stamp = Math.max(this.#stamp + 1, Math.round(caption.arrived * 1000) || 0)
    this.#inside.set(this.#stamp, caption)
    this.#wentIn++
    this.#movedAt = caption.receivedAt
    this.#noteGap(caption)
    try {
      this.#decoder.decode(new EncodedVideoChunk({ type: caption.key ? 'key' : 'delta', timestamp: this.#stamp, data }))
    } catch {
      this.#fail('error')
    }
  }

  /** What a decoder holds waits for the units behind it: that takes as long as they take to come. */
  get heldMs(): number {
    return this.#holds * median(this.#gaps)
  }

  /** It took too long for some seconds when it was looked at last. */
  get slow(): boolean {
    return this.#slow
  }

  tick(now: number): void {
    const passed = Math.min(Math.max(0, now - this.#tickedAt), longestTickMs)
    this.#tickedAt = now
    if (this.#decoder === null) return
    this.#owesMs = this.#wentIn > this.#patience ? this.#owesMs + passed : 0
    if (this.#owesMs >= owesMs) {
      this.#fail('error')
      return
    }
    const throughLimit = throughLimitMs + this.heldMs
    const slow = this.#decoder.decodeQueueSize > queueLimit || median(this.#through) > throughLimit
    this.#slowSince = slow ? this.#slowSince ?? now : null
    this.#slow = this.#slowSince !== null && now - this.#slowSince >= slowMs
    if (this.#inside.size === 0 || this.#decoder.decodeQueueSize > 0 || now - this.#movedAt < idleMs) return
    this.#holds = Math.min(Math.max(this.#holds, this.#inside.size), deepest)
    for (const caption of this.#inside.values()) this.#config.out.held(caption)
  }

  close(): void {
    const decoder = this.#decoder
    this.#decoder = null
    this.#inside.clear()
    this.#next()?.frame.close()
    if (decoder !== null && decoder.state !== 'closed') decoder.close()
  }

  /** Prepares the decoder for what the key unit begins; false when that ended in a failure. */
  #configure(unit: Uint8Array): boolean {
    const codec = codecString(this.#config.codec, unit)
    if (codec === null || codec === this.#configured) return true
    try {
      this.#decoder ??= this.#newDecoder()
      this.#configured = codec
      this.#decoder.configure({ codec, optimizeForLatency: true })
      return true
    } catch {
      this.#fail('unsupported')
      return false
    }
  }

  #newDecoder(): VideoDecoder {
    const decoder: VideoDecoder = new this.#config.videoDecoder({
      output: (frame) => {
        if (this.#decoder === decoder) {
          this.#output(frame)
        } else {
          frame.close()
        }
      },
      error: (error) => {
        if (this.#decoder === decoder) this.#fail(error.name === 'NotSupportedError' ? 'unsupported' : 'error')
      },
    })
    return decoder
  }

  #noteGap({ receivedAt, catchingUp }: Caption): void {
    if (!catchingUp && this.#arrivedAt !== null) keepNewest(this.#gaps, receivedAt - this.#arrivedAt)
    this.#arrivedAt = catchingUp ? null : receivedAt
  }

  #output(frame: VideoFrame): void {
    const caption = this.#captionOf(frame.timestamp)
    const now = this.#config.now()
    if (caption !== null) {
      this.#wentIn = 0
      this.#patience = Math.min(this.#inside.size, firstPatience) + patience
    }
    this.#movedAt = now
    if (caption === null || caption.catchingUp) {
      frame.close()
      if (caption !== null) this.#config.out.passed(caption)
      return
    }
    keepNewest(this.#through, now - caption.receivedAt)
    this.#config.onFrame(frame, caption)
    if (this.#config.copier === null) {
      this.#config.out.ready(asItIs(frame), caption)
    } else {
      this.#waitForCopy({ frame, caption })
    }
  }

  /** While one is being copied only the newest of those that come is kept. */
  #waitForCopy(decoded: Waiting): void {
    if (this.#waiting !== null) {
      this.#waiting.frame.close()
      this.#config.out.passed(this.#waiting.caption)
    }
    this.#waiting = decoded
    if (!this.#copying) void this.#copyAll()
  }

  async #copyAll(): Promise<void> {
    this.#copying = true
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const { frame, caption } = next
      try {
        const picture = await this.#config.copier?.copy(frame)
        frame.close()
        if (picture !== undefined && this.#decoder !== null) this.#config.out.ready(picture, caption)
      } catch {
        if (this.#decoder === null) frame.close()
        else this.#config.out.ready(asItIs(frame), caption)
      }
    }
    this.#copying = false
  }

  #next(): Waiting | null {
    const next = this.#waiting
    this.#waiting = null
    return next
  }

  /** Finds what the frame is of, and lets go of units that will not come out any more. */
  #captionOf(stamp: number): Caption | null {
    const caption = this.#inside.get(stamp) ?? null
    this.#inside.delete(stamp)
    if (caption === null) return null
    for (const [stamp, other] of this.#inside) {
      if (other.seq > caption.seq + this.#holds) break
      if (other.seq < caption.seq - deepest) {
        this.#inside.delete(stamp)
        this.#config.out.passed(other)
      } else if (this.#holds > 0) {
        this.#config.out.held(other)
      }
    }
    return caption
  }

  #fail(why: 'unsupported' | 'error'): void {
    this.close()
    this.#config.onFailed(why)
  }
}

function asItIs(frame: VideoFrame): Decoded {
  return { source: frame, width: frame.displayWidth, height: frame.displayHeight, scarce: true, release: () => frame.close() }
}

function keepNewest(values: number[], value: number): void {
  values.push(value)
  if (values.length > 15) values.shift()
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
