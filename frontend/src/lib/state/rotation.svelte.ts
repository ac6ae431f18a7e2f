/** What comes next is prepared for so long before it is shown, so that it has its picture then. */
export const prepareMs = 3000

export interface Turning {
  /** How many things take turns. */
  readonly count: number
  /** How long the present one stays; 0: until somebody turns. */
  readonly dwellMs: number
  /** A person, a page that nobody sees, or a server that is away holds it. */
  readonly held: boolean
}

/** A page that was not looked at for longer has not been shown meanwhile. */
const longestTickMs = 2000

/** Things that are shown in turn: pages of a wall, cameras of a tile. */
export class Rotation {
  #index = $state(0)
  #preparing = $state(false)
  #count = 1
  /** How long the present one has been shown. */
  #shownMs = 0
  #tickedAt: number | null = null

  /** From 0. */
  get index(): number {
    return this.#index
  }

  /** What will be shown soon; null while that is far. */
  get preparing(): number | null {
    return this.#preparing ? (this.#index + 1) % this.#count : null
  }

  /** To be called often. What is held goes on with the time that it had left, or that the next one needs to be prepared. */
  tick(now: number, { count, dwellMs, held }: Turning): void {
    const sinceMs = this.#tickedAt === null ? 0 : Math.min(longestTickMs, now - this.#tickedAt)
    const turns = !held && count > 1 && dwellMs > 0
    this.#tickedAt = turns ? now : null
    this.#count = Math.max(1, count)
    if (this.#index >= this.#count) this.go(this.#count - 1)
    if (!turns) {
      this.#preparing = false
      this.#shownMs = Math.max(0, Math.min(this.#shownMs, dwellMs - prepareMs))
      return
    }
    this.#shownMs += sinceMs
    if (this.#shownMs >= dwellMs) this.go((this.#index + 1) % this.#count)
    else this.#preparing = dwellMs - this.#shownMs <= prepareMs
  }

  /** Shows one of them now, for its whole time. */
  go(index: number): void {
    this.#index = index
    this.#shownMs = 0
    this.#preparing = false
  }
}
