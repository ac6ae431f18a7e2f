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
  /** A screen that shows a wall to nobody in particular. */
  readonly kiosk: boolean
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

/** Tiles that should move and were not painted for so long are asked for anew, and for twice as long: the page is. */
const stuckMs = 10_000
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
  #shouldMoveSince: number | null = null
  #askedAt: number | null = null

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

  /** To be called about once a second. */
  look(look: Look): Care {
    const stuck = this.#stuck(look)
    if (stuck !== 'nothing') return stuck
    if (look.inUse || !look.up || !this.#mayReload(look.now)) return 'nothing'
    return this.#outdated || (look.kiosk && this.#isOld(look.now)) ? 'reload' : 'nothing'
  }

  #stuck({ now, up, moving, paintedAt, inUse, hidden }: Look): Care {
    if (!up || !moving || hidden) {
      this.#shouldMoveSince = null
      this.#askedAt = null
      return 'nothing'
    }
    this.#shouldMoveSince ??= now
    const quietMs = now - Math.max(this.#shouldMoveSince, paintedAt ?? 0)
    if (quietMs < stuckMs) {
      this.#askedAt = null
      return 'nothing'
    }
    if (this.#askedAt === null) {
      this.#askedAt = now
      return 'ask'
    }
    return now - this.#askedAt >= stuckMs && !inUse && this.#mayReload(now) ? 'reload' : 'nothing'
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
