import { problemOf } from '../api/result'
import { pause } from './backoff'
import { pictureInfo } from './picture'
import type { Source, SourceConfig, SourceEvent } from './source'

/** Nobody sees more on nine small tiles, and each picture is a request. */
const fastestMs = 125

/** A camera that is not live holds a connection for up to 10 s, so such ones may not take all. */
const maxHopeless = 2

/** Until a camera that gave no picture is asked again, when the server names no time. */
const hopelessPauseMs = 2000
const longestPauseMs = 10_000

/** The server answers within 10 s; later is never. */
const timeLimitMs = 12_000

interface Turn {
  /** Whether the last answer was no picture. */
  hopeless: boolean
  readonly start: () => void
}

/** Shares a few connections among many tiles: each waits for its turn, in order; hopeless ones only get half of them. */
export class TurnTable {
  readonly #connections: number
  #waiting: Turn[] = []
  readonly #running = new Set<Turn>()

  constructor(connections: number) {
    this.#connections = connections
  }

  /** Runs the work when it is its turn. Not run at all if the signal is aborted by then. */
  async take(hopeless: boolean, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const turn = await new Promise<Turn>((resolve) => {
      const entry: Turn = { hopeless, start: () => resolve(entry) }
      this.#waiting.push(entry)
      this.#startWaiting()
    })
    try {
      if (!signal.aborted) await work()
    } finally {
      this.#running.delete(turn)
      this.#startWaiting()
    }
  }

  #startWaiting(): void {
    this.#waiting = this.#waiting.filter((turn) => {
      if (this.#running.size >= this.#connections || (turn.hopeless && this.#hopelessRunning() >= maxHopeless)) return true
      this.#running.add(turn)
      turn.start()
      return false
    })
  }

  #hopelessRunning(): number {
    return [...this.#running].filter((turn) => turn.hopeless).length
  }
}

export interface StillsConfig extends SourceConfig {
  readonly address: string
  readonly turns: TurnTable
}

/** Fetches one camera's newest picture again and again, in turn with other tiles; it may tell one picture twice. */
export class StillsSource implements Source {
  readonly #config: StillsConfig
  #hopeless = false

  constructor(config: StillsConfig) {
    this.#config = config
  }

  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = 0
    while (!signal.aborted) {
      await this.#config.turns.take(this.#hopeless, signal, async () => {
        const started = this.#config.now()
        const event = await this.#fetch(signal)
        if (signal.aborted) return
        this.#hopeless = event.kind !== 'picture'
        pauseMs = pauseAfter(event, this.#config.now() - started)
        this.#config.onEvent(event)
      })
      await pause(pauseMs, signal)
    }
  }

  async #fetch(signal: AbortSignal): Promise<SourceEvent> {
    const call = new AbortController()
    const stop = (): void => call.abort()
    signal.addEventListener('abort', stop)
    const limit = setTimeout(stop, timeLimitMs)
    try {
      const response = await this.#config.fetch(this.#config.address, { signal: call.signal, cache: 'no-store' })
      if (!response.ok) return { kind: 'refused', problem: await problemOf(response) }
      const jpeg = await response.blob()
      return { kind: 'picture', jpeg, info: pictureInfo((name) => response.headers.get(name)), at: this.#config.now() }
    } catch {
      return { kind: 'lost' }
    } finally {
      clearTimeout(limit)
      signal.removeEventListener('abort', stop)
    }
  }
}

function pauseAfter(event: SourceEvent, tookMs: number): number {
  switch (event.kind) {
    case 'picture':
      return Math.max(0, fastestMs - tookMs)
    case 'refused':
      return Math.min(event.problem.retryAfterMs ?? hopelessPauseMs, longestPauseMs)
    case 'lost':
      return hopelessPauseMs
    default:
      return event satisfies never
  }
}
