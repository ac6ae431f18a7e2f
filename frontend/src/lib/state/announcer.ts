import type { View } from './view'

/** One tile for whoever hears the page. */
export interface Heard {
  readonly key: string
  readonly name: string
  readonly view: View
}

/** What has to be said, in the order in which it came to be. */
export interface News {
  readonly name: string
  readonly view: View
}

/** What lasts for a shorter time is not worth a word. */
const lastsMs = 2000

/** Finds what is news for people who hear the page: a tile that is not live any more, and one that is again. */
export class Announcer {
  /** By tile: what was said last, and what is new since when. */
  readonly #tiles = new Map<string, { said: string; kind: string; since: number }>()

  /** To be called about once a second. */
  hear(tiles: readonly Heard[], now: number): News[] {
    const there = new Set(tiles.map(({ key }) => key))
    for (const key of this.#tiles.keys()) if (!there.has(key)) this.#tiles.delete(key)
    return tiles.filter((tile) => this.#isNews(tile, now)).map(({ name, view }) => ({ name, view }))
  }

  #isNews({ key, view }: Heard, now: number): boolean {
    const { kind } = view
    if (isNothing(view)) return false
    const tile = this.#tiles.get(key)
    if (tile === undefined) {
      this.#tiles.set(key, { said: 'live', kind, since: now })
      return false
    }
    if (tile.kind !== kind) {
      tile.kind = kind
      tile.since = now
    }
    if (tile.said === kind || now - tile.since < lastsMs) return false
    tile.said = kind
    return true
  }
}

/** Short waits, and what a bar says for all, are no news of a tile. */
function isNothing({ kind }: View): boolean {
  return kind === 'connecting' || kind === 'idle' || kind === 'gone' || kind === 'paused' || kind === 'stopped'
}
