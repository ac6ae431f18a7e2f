/** The present time, as reactive state. One timer serves the whole page. */
export class Ticker {
  #now = $state(Date.now())

  /** Unix milliseconds, at most `everyMs` old while the ticker runs. */
  get now(): number {
    return this.#now
  }

  /** Starts the timer; the returned function stops it. */
  start(everyMs: number): () => void {
    const timer = setInterval(() => (this.#now = Date.now()), everyMs)
    return () => clearInterval(timer)
  }
}
