/** Which of a tile's pictures came, and which of them are painted or passed over. */
export class AckBook {
  #received = 0
  /** Came, and neither painted nor passed over yet; in order. */
  readonly #open = new Set<number>()
  #told = ''

  received(seq: number): void {
    this.#received = Math.max(this.#received, seq)
    this.#open.add(seq)
  }

  /** Painted, or passed over. */
  settled(seq: number): void {
    this.#open.delete(seq)
  }

  /** All but one that still waits to be painted. */
  settleAllBut(seq: number | null): void {
    for (const one of this.#open) {
      if (one !== seq) this.#open.delete(one)
    }
  }

  /** Pictures are counted from 1 again. */
  forget(): void {
    this.#received = 0
    this.#open.clear()
    this.#told = ''
  }

  get highest(): number {
    return this.#received
  }

  /** What is to be told, once: null when that is known already. */
  take(): readonly [received: number, painted: number] | null {
    const [oldest] = this.#open
    const painted = oldest === undefined ? this.#received : Math.min(this.#received, oldest - 1)
    const told = `${this.#received}/${painted}`
    if (told === this.#told || this.#received === 0) return null
    this.#told = told
    return [this.#received, painted]
  }
}
