/** At most so many hopeless ones run at once of a host's few connections. */
const maxHopeless = 2

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
