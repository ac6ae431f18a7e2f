/** How many events a second there were of late. */
export class Rate {
  readonly #windowMs: number
  #times: number[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  count(at: number): void {
    this.#times.push(at)
    this.#forget(at)
  }

  /** 0 until two events are known. */
  perSecond(now: number): number {
    this.#forget(now)
    const first = this.#times[0]
    const last = this.#times.at(-1)
    if (first === undefined || last === undefined || last === first) return 0
    return ((this.#times.length - 1) * 1000) / (last - first)
  }

  #forget(now: number): void {
    const from = this.#times.findIndex((time) => time > now - this.#windowMs)
    this.#times = from < 0 ? [] : this.#times.slice(from)
  }
}
