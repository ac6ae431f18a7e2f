/** The server takes a restart twice a second; a little more, since the way is not even. */
const pauseMs = 600

/** Keeps restarts as far apart as the server wants them; none is lost. */
export class Restarts {
  #at = -Infinity
  #pending = false

  /** One has to wait: take it again. */
  get pending(): boolean {
    return this.#pending
  }

  /** A new watch: the server knows of none. */
  forget(): void {
    this.#at = -Infinity
    this.#pending = false
  }

  /** True: send one now. */
  take(possible: boolean, now: number): boolean {
    const early = now - this.#at < pauseMs
    this.#pending = possible && early
    if (!possible || early) return false
    this.#at = now
    return true
  }
}
