import type { Status } from './status'

/** The server says for so long that a screen does not bear the coded stream: one hitch is told for less. */
const laggingMs = 6000
/** When half of the pictures are painted so late, that was no hitch. */
const lateMs = 250

/** Notices that a page does not keep up with a coded stream that its decoder is quick enough for. */
export class Lagging {
  #since: number | null = null

  told({ state, format, reduced }: Pick<Status, 'state' | 'format' | 'reduced'>, now: number): void {
    const lags = state === 'live' && format !== 'jpeg' && reduced === 'screen'
    this.#since = lags ? this.#since ?? now : null
  }

  reset(): void {
    this.#since = null
  }

  /** `delayMs` is how long half of the pictures take from their arrival to being painted, or longer. */
  late(now: number, delayMs: number): boolean {
    return this.#since !== null && (now - this.#since >= laggingMs || delayMs > lateMs)
  }
}
