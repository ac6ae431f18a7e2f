import type { CallConfig } from '../api/call'
import type { Problem } from '../api/result'
import { pause } from '../live/backoff'
import { askSystem, askTally, ratesOf, type StreamRates, type System, type Tally } from './figures'

const everyMs = 2000

/** What the server says of itself and of its streams, as long as somebody looks. */
export class FiguresState {
  readonly #config: CallConfig
  #system = $state.raw<System | null>(null)
  #tally = $state.raw<Tally | null>(null)
  #rates = $state.raw<readonly StreamRates[]>([])
  #problem = $state.raw<Problem | null>(null)

  constructor(config: CallConfig) {
    this.#config = config
  }

  get system(): System | null {
    return this.#system
  }

  /** Null until the first answer, and when the server tells no figures. */
  get tally(): Tally | null {
    return this.#tally
  }

  get rates(): readonly StreamRates[] {
    return this.#rates
  }

  /** Why there is no newer answer; null while there is. */
  get problem(): Problem | null {
    return this.#problem
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#ask(signal)
      await pause(everyMs, signal)
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const [system, tally] = await Promise.all([askSystem(this.#config, signal), askTally(this.#config, () => performance.now(), signal)])
    if (signal.aborted) return
    this.#problem = system.kind === 'error' ? system.problem : tally.kind === 'error' ? tally.problem : null
    if (system.kind === 'ok') this.#system = system.value
    if (tally.kind !== 'ok') return
    this.#rates = ratesOf(this.#tally, tally.value)
    this.#tally = tally.value
  }
}
