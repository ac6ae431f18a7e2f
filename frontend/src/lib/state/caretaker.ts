/** What the page looks like to whoever takes care of it. Times are Unix ms. */
export interface Look {
  readonly now: number
  /** The live connection is there. */
  readonly up: boolean
  /** Whether the newest state of any tile that is looked at says that pictures come. */
  readonly moving: boolean
  /** When the newest picture was painted on any tile; null: none was. */
  readonly paintedAt: number | null
  /** Somebody edits or types: nothing may be taken away from under their hands. */
  readonly inUse: boolean
  /** Nobody in particular sits before it. */
  readonly unattended: boolean
  /** Nobody sees the page. */
  readonly hidden: boolean
}

export type Care = 'nothing' | 'ask' | 'reload'

export interface CaretakerConfig {
  readonly startedAt: number
  /** When this page, or the one before it, was last loaded anew by us; null: never. */
  readonly reloadedAt: number | null
  /** From 0 to 1, evenly spread: screens do not load anew in step. */
  readonly random: () => number
}

/** Nothing on the page was painted for so long, although it should: the connection is no good. */
const askMs = 3000
/** And for so long, over all connections: the page is no good. */
const stuckMs = 20_000
/** A way that stops again and again is not tried anew more often. */
const askEveryMs = 10_000
/** A look that comes later than this does not tell what was between: the machine slept. */
const longestMs = 2000
const reloadEveryMs = 120_000
const nightFrom = 3.5 * 3_600_000
const nightMs = 3_600_000
const dayMs = 86_400_000
/** What has been running for a shorter time does not need a new beginning at night. */
const youngMs = 4 * 3_600_000

/** Decides when the page has to begin anew: it is stuck, it is of an older version, or it is night. */
export class Caretaker {
  readonly #config: CaretakerConfig
  /** When in the night, from midnight. */
  readonly #nightly: number
  #page: string | null = null
  #outdated = false
  #lookedAt: number | null = null
  #paintedAt: number | null = null
  /** How long nothing was painted although it should; only the time with a connection counts. */
  #quietMs = 0
  /** A new connection was asked for, and nothing has been painted since. */
  #asked = false
  #askedAt = -Infinity

  constructor(config: CaretakerConfig) {
    this.#config = config
    this.#nightly = nightFrom + config.random() * nightMs
  }

  /** The server says which page it has: the first one is this one. */
  hello(page: string): void {
    if (page === '') return
    this.#page ??= page
    this.#outdated = page !== this.#page
  }

  /** Whether the server has another page than this one. */
  get outdated(): boolean {
    return this.#outdated
  }

  /** To be called about twice a second. */
  look(look: Look): Care {
    const stuck = this.#stuck(look)
    if (stuck !== 'nothing') return stuck
    if (look.inUse || !this.#mayReload(look.now)) return 'nothing'
    // An older page may not even understand the connection.
    return this.#outdated || (look.up && look.unattended && this.#isOld(look.now)) ? 'reload' : 'nothing'
  }

  #stuck({ now, up, moving, paintedAt, inUse, hidden }: Look): Care {
    const passedMs = Math.max(0, Math.min(now - (this.#lookedAt ?? now), longestMs))
    const painted = paintedAt !== null && paintedAt !== this.#paintedAt
    this.#lookedAt = null
    this.#paintedAt = paintedAt ?? this.#paintedAt
    if (hidden || painted) {
      this.#quietMs = 0
      this.#asked = false
    }
    if (hidden) return 'nothing'
    if (!up || !moving) {
      // A new connection that was asked for begins without pictures: that is no sign that it helped.
      if (!this.#asked) this.#quietMs = 0
      return 'nothing'
    }
    this.#lookedAt = now
    if (!painted) this.#quietMs += passedMs
    if (this.#asked) return this.#quietMs >= stuckMs && !inUse && this.#mayReload(now) ? 'reload' : 'nothing'
    if (this.#quietMs < askMs || now - this.#askedAt < askEveryMs) return 'nothing'
    this.#asked = true
    this.#askedAt = now
    return 'ask'
  }

  #mayReload(now: number): boolean {
    const { reloadedAt } = this.#config
    return reloadedAt === null || now - reloadedAt >= reloadEveryMs
  }

  /** It is the time of the night, or a day has passed without one. */
  #isOld(now: number): boolean {
    const age = now - this.#config.startedAt
    if (age >= dayMs) return true
    const midnight = new Date(now).setHours(0, 0, 0, 0)
    const at = midnight + this.#nightly
    return age >= youngMs && now >= at && now < at + 3_600_000
  }
}
