import type { Fetch } from '../api/fetch'
import { flag } from '../api/json'
import { limited } from '../state/limited'

export interface BeatConfig {
  readonly fetch: Fetch
  /** Milliseconds, monotonic. */
  readonly now: () => number
  /** Before the next paint. */
  readonly frame: (callback: () => void) => void
  readonly hidden: () => boolean
  /** Whether there are pictures on the page. */
  readonly shown: () => boolean
  /** Leaves the pictures to the page that takes the place of this one. */
  readonly handOn: () => Promise<void>
}

const everyMs = 2000
/** A page that paints seldom need not be woken sixty times a second for this. */
const frameEveryMs = 1000
/** Until there are pictures the page looks for them this often: the window takes the last frame of the page before away then. */
const shownEveryMs = 100
/** The window waits longer than this before it takes the page away by itself. */
const handOnMs = 5000

/** Tells our window that the page lives and paints, and makes room for another one when the window asks for that. */
export class Beat {
  readonly #config: BeatConfig
  #timers: ReturnType<typeof setInterval>[] = []
  #paintedAt: number
  #waiting = false
  #renewing = false
  #call = new AbortController()

  constructor(config: BeatConfig) {
    this.#config = config
    this.#paintedAt = config.now()
  }

  /** Goes on until the returned function is called, or until it turns out that nobody listens. */
  start(): () => void {
    this.#timers.push(setInterval(() => void this.#beat(), everyMs), setInterval(() => this.#look(), frameEveryMs))
    this.#look()
    void this.#beat()
    const waiting = setInterval(() => {
      if (!this.#config.shown()) return
      clearInterval(waiting)
      void this.#beat()
    }, shownEveryMs)
    this.#timers.push(waiting)
    return () => this.#stop()
  }

  #stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    this.#call.abort()
  }

  #look(): void {
    if (this.#waiting) return
    this.#waiting = true
    this.#config.frame(() => {
      this.#waiting = false
      this.#paintedAt = this.#config.now()
    })
  }

  async #beat(): Promise<void> {
    // One that hangs is not waited for: what carried it may be dead.
    this.#call.abort()
    const call = new AbortController()
    this.#call = call
    const { now, hidden, shown } = this.#config
    try {
      const answer = await this.#post('/window/beat', { painted: Math.round(now() - this.#paintedAt), hidden: hidden(), shown: shown() }, call.signal)
      if (answer.status === 404 || answer.status === 405) {
        // An older window, or none.
        this.#stop()
        return
      }
      if (answer.ok && flag(await answer.json(), 'renew')) await this.#renew()
    } catch {
      // The next one tells it.
    }
  }

  async #renew(): Promise<void> {
    if (this.#renewing) return
    this.#renewing = true
    try {
      await limited(this.#config.handOn(), handOnMs)
      await this.#post('/window/renew', {}, new AbortController().signal)
    } finally {
      this.#renewing = false
    }
  }

  #post(path: string, body: object, signal: AbortSignal): Promise<Response> {
    return this.#config.fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, cache: 'no-store', signal })
  }
}
