import type { TileSight, Want } from './watch'

/** No picture for so long, or for four pauses of a slow camera, is a stall. */
const stallMs = 3000
const pauses = 4
/** What stalls may come round by itself. */
const graceMs = 2000
/** After the first try the next come later and later: a decoder may hold many pictures of a slow camera. */
const firstPauseMs = 5000
const longestPauseMs = 60_000
/** A longer pause between two looks is the page's sleep, not the tile's. */
const longestTickMs = 1000

/** Notices that a tile which should move does not, and says what to try. Only the time counts in which it should. */
export class Stall {
  #waitedMs = 0
  #limitMs = stallMs
  /** When the next try is due; null: none was made. */
  #nextMs: number | null = null
  #pauseMs = firstPauseMs
  #tickedAt: number | null = null
  /** Pictures came since all was well last. */
  came = false

  /** All is well, or nothing is to be expected. */
  reset(): void {
    this.#waitedMs = 0
    this.#nextMs = null
    this.#pauseMs = firstPauseMs
    this.came = false
  }

  /** Nothing was painted for longer than pictures take. */
  get stalled(): boolean {
    return this.#waitedMs >= this.#limitMs
  }

  /** `fps` is how many pictures should come, 0 unknown; null: none at the moment. */
  tick(now: number, fps: number | null): '' | 'restart' | 'renew' {
    const passed = Math.min(Math.max(0, now - (this.#tickedAt ?? now)), longestTickMs)
    this.#tickedAt = now
    if (fps === null) return ''
    this.#waitedMs += passed
    this.#limitMs = Math.max(stallMs, fps > 0 ? (pauses * 1000) / fps : 0)
    if (this.#waitedMs < (this.#nextMs ?? this.#limitMs + graceMs)) return ''
    const first = this.#nextMs === null
    this.#nextMs = this.#waitedMs + this.#pauseMs
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
    return first ? 'restart' : 'renew'
  }
}

/** How many pictures a second a tile should show, 0 unknown; null: none, since its camera is not live. */
export function rateOf({ phase, status }: TileSight, want: Want): number | null {
  if (phase !== 'told' || status?.state !== 'live') return null
  const rates = [status.fps, status.rendition?.fps ?? 0, want.fps].filter((fps) => fps > 0)
  return rates.length === 0 ? 0 : Math.min(...rates)
}
