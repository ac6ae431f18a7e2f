import type { JpegDecoder } from './jpeg'
import type { Caption, Path, PathOut } from './path'

interface Waiting {
  readonly caption: Caption
  readonly data: Uint8Array<ArrayBuffer>
}

/** Decodes JPEGs one at a time; while one is being decoded only the newest of those that come is kept. */
export class JpegPath implements Path {
  readonly #decoder: JpegDecoder
  readonly #out: PathOut
  #waiting: Waiting | null = null
  #busy = false
  #closed = false

  constructor(decoder: JpegDecoder, out: PathOut) {
    this.#decoder = decoder
    this.#out = out
  }

  get name(): string {
    return this.#decoder.name
  }

  take(caption: Caption, data: Uint8Array<ArrayBuffer>): void {
    if (this.#closed) return
    if (this.#waiting !== null) this.#out.passed(this.#waiting.caption)
    this.#waiting = { caption, data }
    if (!this.#busy) void this.#decodeAll()
  }

  tick(): void {
    // JPEGs come out as they go in.
  }

  close(): void {
    this.#closed = true
    this.#waiting = null
  }

  async #decodeAll(): Promise<void> {
    this.#busy = true
    for (let next = this.#next(); next !== null; next = this.#next()) {
      try {
        const picture = await this.#decoder.decode(next.data)
        if (this.#isClosed()) {
          picture.release()
        } else {
          this.#out.ready(picture, next.caption)
        }
      } catch {
        if (!this.#isClosed()) this.#out.passed(next.caption)
      }
    }
    this.#busy = false
  }

  /** A function, since it changes while a picture is being decoded. */
  #isClosed(): boolean {
    return this.#closed
  }

  #next(): Waiting | null {
    const next = this.#waiting
    this.#waiting = null
    return next
  }
}
