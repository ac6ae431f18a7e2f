/** Frames up to this size are cheap to look at. */
const smallPixels = 1 << 20
const pauseMs = 500
const largePauseMs = 200

/**
 * Finds out since when decoded pictures are identical: every byte of their planes counts, so that a still but noisy scene
 * is none. Times are of the server's clock.
 */
export class UnchangedLook {
  #buffer = new Uint8Array(0)
  #sum = ''
  #since: number | null = null
  #looked = -Infinity
  #newest: number | null = null
  #changed: number | null = null
  #busy = false
  /** Counts up when what is being looked at does not count any more. */
  #round = 0
  #unable = false

  /** Looks at a picture that arrived at a time, if it is worth it; `afterMs` is when identical ones are worth a word. */
  look(frame: VideoFrame, arrived: number, afterMs: number): void {
    this.#newest = arrived
    if (this.#busy || this.#unable || afterMs <= 0 || !this.#due(frame, arrived, afterMs)) return
    this.#looked = arrived
    void this.#compare(frame, arrived)
  }

  /** Since when pictures are identical, once that is longer than afterMs. */
  since(afterMs: number): number | null {
    if (this.#since === null || this.#newest === null || afterMs <= 0) return null
    return this.#newest - this.#since >= afterMs ? this.#since : null
  }

  /** When a picture was last another one than that before it; null: never seen. */
  get changed(): number | null {
    return this.#changed
  }

  /** Other pictures come: what was seen says nothing about them. */
  reset(): void {
    this.#round++
    this.#unable = false
    this.#sum = ''
    this.#since = this.#newest = this.#changed = null
    this.#looked = -Infinity
  }

  /** As long as pictures change two looks a second will do; then every picture counts. */
  #due(frame: VideoFrame, arrived: number, afterMs: number): boolean {
    const pause = arrived - this.#looked
    if (this.#since === null || arrived - this.#since < afterMs / 2) return pause >= pauseMs
    return pause >= (frame.displayWidth * frame.displayHeight > smallPixels ? largePauseMs : 0)
  }

  async #compare(frame: VideoFrame, arrived: number): Promise<void> {
    const round = this.#round
    this.#busy = true
    let copy: VideoFrame | null = null
    try {
      copy = frame.clone()
      const { size, options } = wayOfCopying(copy)
      if (this.#buffer.byteLength < size) this.#buffer = new Uint8Array((size + 3) & ~3)
      const words = new Uint32Array(this.#buffer.buffer, 0, (size + 3) >> 2)
      await copy.copyTo(this.#buffer, options)
      if (round === this.#round) this.#note(`${size}:${checksum(words)}`, arrived)
    } catch {
      // Pictures that stay in the graphics card can't be looked at.
      if (round === this.#round) this.#unable = true
    } finally {
      copy?.close()
      this.#busy = false
    }
  }

  #note(sum: string, arrived: number): void {
    if (sum === this.#sum) return
    if (this.#sum !== '') this.#changed = arrived
    this.#sum = sum
    this.#since = arrived
  }
}

/** As it is, or as RGBA where the browser does not say what it is. Throws when it can't be copied. */
function wayOfCopying(frame: VideoFrame): { readonly size: number; readonly options: VideoFrameCopyToOptions } {
  try {
    return { size: frame.allocationSize(), options: {} }
  } catch {
    const options: VideoFrameCopyToOptions = { format: 'RGBA' }
    return { size: frame.allocationSize(options), options }
  }
}

/** Two lanes of 32 bits, each stepping as FNV-1a does. */
export function checksum(words: Uint32Array): string {
  let [a, b] = [0x811c9dc5, 0x01000193]
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number
    a = Math.imul(a ^ word, 0x01000193)
    b = Math.imul(b ^ (word >>> 7) ^ (word << 25), 0x85ebca6b)
    b ^= b >>> 15
  }
  return `${a >>> 0}.${b >>> 0}`
}
