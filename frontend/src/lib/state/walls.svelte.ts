import type { Wall, WallsApi } from '../api/walls'
import { pause } from '../live/backoff'

export interface WallsConfig {
  readonly api: Pick<WallsApi, 'list'>
  /** What was known before the page was loaded anew; null: nothing. */
  readonly before: readonly Wall[] | null
}

/** How often walls are asked for: a changed one is on the screen within 3 s. */
const everyMs = 2000

/** The walls of the server, kept fresh. */
export class WallsState {
  readonly #config: WallsConfig
  #walls = $state.raw<readonly Wall[] | null>(null)

  constructor(config: WallsConfig) {
    this.#config = config
    this.#walls = config.before
  }

  /** Null until the first answer. The last known ones while the server is gone. */
  get walls(): readonly Wall[] | null {
    return this.#walls
  }

  /** Asks once: after a change by this page. */
  async ask(signal: AbortSignal): Promise<void> {
    const result = await this.#config.api.list(signal)
    if (result.kind === 'ok') this.#take(result.value)
    // A server that knows no walls: cameras can be shown all the same. One that can't say now may have them.
    if (result.kind === 'error' && result.problem.status === 404) this.#walls ??= []
  }

  /** Keeps them fresh until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.ask(signal)
      await pause(everyMs, signal)
    }
  }

  /** What has not changed stays the same object, so that nothing that shows it has to look again. */
  #take(after: readonly Wall[]): void {
    const before = this.#walls
    const next = after.map((wall) => {
      const old = before?.find(({ name }) => name === wall.name)
      return old !== undefined && JSON.stringify(old) === JSON.stringify(wall) ? old : wall
    })
    if (before !== null && next.length === before.length && next.every((wall, place) => wall === before[place])) return
    this.#walls = next
  }
}
