/** Changes the rate of one channel that comes in pieces, without a seam between them. */
export class Resampler {
  readonly #step: number
  /** Where the next sample is taken, counted from the first of the next piece; -1 is the last of the piece before. */
  #at = 0
  #last = 0

  constructor(from: number, to: number) {
    this.#step = from / to
  }

  push(piece: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    if (this.#step === 1 || piece.length === 0) return piece
    const count = Math.max(0, Math.ceil((piece.length - 1 - this.#at) / this.#step))
    const samples = new Float32Array(count)
    for (let place = 0; place < count; place++) {
      const at = this.#at + place * this.#step
      const left = Math.floor(at)
      const a = left < 0 ? this.#last : piece[left] ?? 0
      const b = piece[left + 1] ?? a
      samples[place] = a + (b - a) * (at - left)
    }
    this.#at += count * this.#step - piece.length
    this.#last = piece[piece.length - 1] ?? 0
    return samples
  }
}
