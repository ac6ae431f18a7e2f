/** Values of the last seconds. */
export class Tally {
  readonly #windowMs: number
  #values: { readonly at: number; readonly value: number }[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  add(at: number, value: number): void {
    this.#values.push({ at, value })
    if (this.#values.length > 512) this.#forget(at)
  }

  /** The value that a part of them stay under; 0 without any. */
  quantile(part: number, now: number): number {
    this.#forget(now)
    const sorted = this.#values.map(({ value }) => value).sort((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  }

  /** How much a second. */
  perSecond(now: number): number {
    this.#forget(now)
    const first = this.#values[0]
    if (first === undefined || now - first.at < 100) return 0
    const sum = this.#values.reduce((sum, { value }) => sum + value, 0)
    return (sum * 1000) / Math.min(this.#windowMs, now - first.at)
  }

  #forget(now: number): void {
    const from = this.#values.findIndex(({ at }) => at > now - this.#windowMs)
    this.#values = from < 0 ? [] : from === 0 ? this.#values : this.#values.slice(from)
  }
}
