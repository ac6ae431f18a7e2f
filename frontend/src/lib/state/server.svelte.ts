import type { ApiClient } from '../api/client'
import type { Camera } from '../api/camera'
import type { Problem } from '../api/result'
import { Backoff, pause } from '../live/backoff'

export interface ServerConfig {
  readonly api: ApiClient
  readonly random: () => number
  /** What was known before the page was loaded anew; missing: nothing. */
  readonly before?: readonly Camera[] | null
}

/** Whether our own server answers. */
export type Link =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly problem: Problem; readonly nextTry: number | null }

/** How often the list is asked for while all is well. */
const everyMs = 2000

/** Another answer that is younger than this proves that the server lives, even if a call gets no connection of the browser's few. */
const heardMs = 2500

/** The list of cameras, kept fresh, and from it whether the server is there. */
export class ServerState {
  readonly #config: ServerConfig
  #cameras = $state.raw<readonly Camera[] | null>(null)
  #link = $state.raw<Link>({ kind: 'unknown' })
  #heardAt = -Infinity
  #answers = $state(0)
  #wake = new AbortController()

  constructor(config: ServerConfig) {
    this.#config = config
    this.#cameras = config.before ?? null
  }

  /** In the order of the wall; null until the first answer. The last known list while the server is gone. */
  get cameras(): readonly Camera[] | null {
    return this.#cameras
  }

  get link(): Link {
    return this.#link
  }

  /** How often the list was read, so that a new answer can be told from an old one. */
  get answers(): number {
    return this.#answers
  }

  /** Something else of it came: the server lives. */
  heard(): void {
    this.#heardAt = Date.now()
  }

  /** Asks again at once: a stream ended, the reader's network came back, or a person wants it. */
  askNow(): void {
    this.#wake.abort()
  }

  /** Keeps the list fresh until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 500, maxMs: 5000, random: this.#config.random })
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const result = await this.#config.api.cameras(signal)
      switch (result.kind) {
        case 'ok':
          backoff.reset()
          this.#cameras = reused(this.#cameras ?? [], result.value)
          this.#link = { kind: 'up' }
          this.#answers++
          await this.#pause(everyMs, signal)
          break
        case 'error':
          await this.#failed(result.problem, backoff.next(), signal)
          break
        case 'aborted':
          return
        default:
          result satisfies never
      }
    }
  }

  async #failed(problem: Problem, pauseMs: number, signal: AbortSignal): Promise<void> {
    const unanswered = problem.code === 'timeout' && Date.now() - this.#heardAt < heardMs
    if (!unanswered) this.#link = { kind: 'down', problem, nextTry: Date.now() + pauseMs }
    await this.#pause(pauseMs, signal)
    if (this.#link.kind === 'down') this.#link = { ...this.#link, nextTry: null }
  }

  /** A wake-up never makes tries follow each other faster than this. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const leastMs = Math.min(ms, 200)
    await pause(leastMs, signal)
    if (signal.aborted) return
    const wake = this.#wake
    const stop = (): void => wake.abort()
    signal.addEventListener('abort', stop)
    await pause(ms - leastMs, wake.signal)
    signal.removeEventListener('abort', stop)
  }
}

/** What has not changed stays the same object, so that nothing that shows it has to look again. */
function reused(before: readonly Camera[], after: readonly Camera[]): readonly Camera[] {
  const known = new Map(before.map((camera) => [camera.id, camera]))
  const next = after.map((camera) => {
    const old = known.get(camera.id)
    return old !== undefined && JSON.stringify(old) === JSON.stringify(camera) ? old : camera
  })
  return next.length === before.length && next.every((camera, place) => camera === before[place]) ? before : next
}
