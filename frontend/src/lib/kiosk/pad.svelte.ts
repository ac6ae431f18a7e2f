import type { Fetch } from '../api/fetch'
import { unlock, type UnlockAction } from './unlock'

/** What the pad says about the last try. */
export type PadNotice =
  | { readonly kind: 'nothing' | 'checking' | 'leaving' | 'reloading' | 'failed' }
  | { readonly kind: 'wrong'; readonly triesLeft: number | null }

export interface PadConfig {
  readonly fetch: Fetch
  /** Milliseconds, monotonic. */
  readonly now: () => number
  /** Loads the page anew. */
  readonly reload: () => void
}

/** As many digits as a PIN has. */
export const leastDigits = 4
export const mostDigits = 12

/** Whoever walks away leaves no open pad behind. */
const idleMs = 30_000
/** The window loads the page anew itself; if it does not, the page does. */
const reloadMs = 2000

/** The PIN pad: what has been typed, what came of it, and how long nobody may try again. */
export class Pad {
  readonly #config: PadConfig
  #open = $state(false)
  #digits = $state('')
  #notice = $state.raw<PadNotice>({ kind: 'nothing' })
  /** There is no PIN after all, whatever was said before. */
  #without = $state(false)
  #waitUntil = $state(0)
  #idle: ReturnType<typeof setTimeout> | undefined
  #reload: ReturnType<typeof setTimeout> | undefined

  constructor(config: PadConfig) {
    this.#config = config
  }

  get open(): boolean {
    return this.#open
  }

  /** How many digits have been typed; which ones nobody is shown. */
  get count(): number {
    return this.#digits.length
  }

  get notice(): PadNotice {
    return this.#notice
  }

  get without(): boolean {
    return this.#without
  }

  /** How long nobody may try again; 0: now. To be asked again as time passes. */
  get waitMs(): number {
    return Math.max(0, this.#waitUntil - this.#config.now())
  }

  /** Whether what has been typed can be tried now. */
  get ready(): boolean {
    return this.count >= leastDigits && this.waitMs === 0 && !this.#busy
  }

  get #busy(): boolean {
    const { kind } = this.#notice
    return kind === 'checking' || kind === 'leaving' || kind === 'reloading'
  }

  show(): void {
    if (!this.#open) {
      this.#open = true
      this.#notice = { kind: 'nothing' }
    }
    this.#rest()
  }

  close(): void {
    clearTimeout(this.#idle)
    this.#open = false
    this.#digits = ''
  }

  type(digit: string): void {
    this.#rest()
    if (this.#busy || this.count >= mostDigits || !/^\d$/.test(digit)) return
    this.#digits += digit
    this.#notice = { kind: 'nothing' }
  }

  rubOut(): void {
    this.#rest()
    if (!this.#busy) this.#digits = this.#digits.slice(0, -1)
  }

  async send(action: UnlockAction): Promise<void> {
    this.#rest()
    if (!this.ready) return
    const pin = this.#digits
    this.#digits = ''
    this.#notice = { kind: 'checking' }
    const answer = await unlock(this.#config.fetch, pin, action)
    this.#notice = { kind: 'nothing' }
    switch (answer.kind) {
      case 'ok':
        this.#notice = { kind: action === 'leave' ? 'leaving' : 'reloading' }
        if (action === 'reload') this.#reload = setTimeout(this.#config.reload, reloadMs)
        break
      case 'wrong':
        this.#notice = answer
        break
      case 'wait':
        this.#waitUntil = this.#config.now() + answer.ms
        break
      case 'none':
        this.#without = true
        break
      case 'failed':
        this.#notice = { kind: 'failed' }
        break
      default:
        answer satisfies never
    }
  }

  /** Ends what is under way with the page. */
  end(): void {
    this.close()
    clearTimeout(this.#reload)
  }

  /** Somebody is there. */
  #rest(): void {
    clearTimeout(this.#idle)
    if (this.#open) this.#idle = setTimeout(() => this.close(), idleMs)
  }
}
