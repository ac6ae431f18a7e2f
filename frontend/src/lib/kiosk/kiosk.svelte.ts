import type { Fetch } from '../api/fetch'
import { pause } from '../live/backoff'
import { decodeKiosk, type KioskState } from './state'

export interface KioskConfig {
  readonly fetch: Fetch
  /** Milliseconds, monotonic: clocks of machines are set while they run. */
  readonly now: () => number
  /** Whether nothing on the page is live. */
  readonly gone: () => boolean
  /** The server is back. */
  readonly onReady: () => void
  /** Whether another answer is trouble, too: in our window these pages are kiosks'. */
  readonly sure: boolean
}

const everyMs = 5000
/** While the server is away, which is soon to be over. */
const hurriedMs = 1000
const timeoutMs = 4000

/** Whether this page stands on a locked screen, and what that says. */
export class Kiosk {
  readonly #config: KioskConfig
  #state = $state.raw<KioskState | null>(null)
  #heardAt = 0
  #wake = new AbortController()
  /** The kiosk says itself what is wrong with the server. */
  speaks = $state(false)
  /** Something lies over the page that has all keys and hands. */
  covered = $state(false)

  constructor(config: KioskConfig) {
    this.#config = config
  }

  /** The newest that is known; null where this is no kiosk. */
  get state(): KioskState | null {
    return this.#state
  }

  /** Whether the page is locked. Once it is, it stays so. */
  readonly locked: boolean = $derived(this.#state !== null)

  /** Whether people may be told times of day. */
  readonly clockSet: boolean = $derived(this.#state?.clockSet ?? true)

  /** How long the server has or has not answered, in ms. */
  get lastedMs(): number {
    return this.#state === null ? 0 : this.#state.since + this.#config.now() - this.#heardAt
  }

  /** Asks again at once. */
  askNow(): void {
    this.#wake.abort()
  }

  /** Asks until it is known that this is no kiosk, or for ever where that is sure. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const answer = await this.#ask(signal)
      if (answer === 'none' && this.#state === null && !this.#config.sure) return
      if (typeof answer === 'object') this.#hear(answer)
      const wake = this.#wake
      const stop = (): void => wake.abort()
      signal.addEventListener('abort', stop)
      await pause(this.#state?.ready === true && !this.#config.gone() ? everyMs : hurriedMs, wake.signal)
      signal.removeEventListener('abort', stop)
    }
  }

  #hear(state: KioskState): void {
    const back = this.#state?.ready === false && state.ready
    this.#heardAt = this.#config.now()
    this.#state = state
    if (back) this.#config.onReady()
  }

  /** 'none' is an answer of something else; 'silence' is no answer. */
  async #ask(signal: AbortSignal): Promise<KioskState | 'none' | 'silence'> {
    const limited = new AbortController()
    const abort = (): void => limited.abort()
    signal.addEventListener('abort', abort)
    const limit = setTimeout(abort, timeoutMs)
    try {
      const answer = await this.#config.fetch('/kiosk/state', { cache: 'no-store', signal: limited.signal })
      // A server that is just starting, or a proxy before one, tells nothing.
      if (answer.status >= 500) return 'silence'
      return answer.ok ? (decodeKiosk(await answer.json().catch(() => null)) ?? 'none') : 'none'
    } catch {
      return 'silence'
    } finally {
      clearTimeout(limit)
      signal.removeEventListener('abort', abort)
    }
  }
}
