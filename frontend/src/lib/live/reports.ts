/** Who decodes tells what it sees. */
const reportMs = 2000

/** When the server is to be told what is seen here: now and then, and at once when pictures stop changing or change again. */
export class Reports {
  #at = 0
  #unchangedSince: number | null = null

  forget(): void {
    this.#unchangedSince = null
  }

  /** True: tell it now. */
  due(now: number, unchangedSince: number | null): boolean {
    if (now - this.#at < reportMs && unchangedSince === this.#unchangedSince) return false
    this.#at = now
    this.#unchangedSince = unchangedSince
    return true
  }
}
