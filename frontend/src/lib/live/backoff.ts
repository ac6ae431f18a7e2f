export interface BackoffConfig {
  readonly firstMs: number
  readonly maxMs: number
  /** From 0 to 1, evenly spread. */
  readonly random: () => number
}

/** Pauses between tries: doubling up to a limit, each spread by a quarter so that screens do not come back in step. */
export class Backoff {
  readonly #config: BackoffConfig
  #next: number

  constructor(config: BackoffConfig) {
    this.#config = config
    this.#next = config.firstMs
  }

  /** The pause before the next try, in milliseconds. */
  next(): number {
    const pause = this.#next
    this.#next = Math.min(this.#next * 2, this.#config.maxMs)
    return Math.round(pause * (0.75 + this.#config.random() * 0.5))
  }

  /** After a success: the next pause is the first one again. */
  reset(): void {
    this.#next = this.#config.firstMs
  }
}

/** Ends after the pause or as soon as the signal is aborted; never throws. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
