/** A time limit that is moved on while all is well. */
export class Watchdog {
  /** Resolves once, when the limit passes; never rejects. */
  readonly barked: Promise<void>
  #bark: () => void = () => undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(limitMs: number) {
    this.barked = new Promise((resolve) => {
      this.#bark = resolve
    })
    this.feed(limitMs)
  }

  /** All is well: the limit counts from now. */
  feed(limitMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#bark, limitMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
