/** Longest pause between two pictures that still counts as a camera's own pace. */
const longestMs = 15_000

/** How much one pause moves the usual one. */
const weight = 0.2

/** Never less, so that a short hiccup is no alarm. */
const shortestLimitMs = 3000

/**
 * Learns how often a camera sends, and from that how long a pause may last before something must be wrong: 3 s, or four
 * usual pauses for a slow camera. The same rule as the server's own.
 */
export class Cadence {
  #usualMs: number
  #last: { readonly at: number; readonly seq: number | null } | null = null

  /** The first guess, from the frame rate that the camera declares; 0 = unknown. */
  constructor(fps: number) {
    this.#usualMs = fps > 0 ? Math.min(1000 / fps, longestMs) : 0
  }

  /** A live picture came. One with the number of the last is a repetition (after a reconnection) and teaches nothing. */
  picture(at: number, seq: number | null): void {
    const last = this.#last
    if (last !== null && seq !== null && seq === last.seq) return
    if (last !== null) {
      const pauseMs = Math.min(at - last.at, longestMs)
      this.#usualMs = this.#usualMs === 0 ? pauseMs : this.#usualMs + (pauseMs - this.#usualMs) * weight
    }
    this.#last = { at, seq }
  }

  /** The server draws pictures while the camera is not live: their pace is not the camera's. */
  interrupt(): void {
    this.#last = null
  }

  /** How long nothing may come while the camera is live, in milliseconds. */
  get limitMs(): number {
    return Math.max(shortestLimitMs, 4 * this.#usualMs)
  }
}
