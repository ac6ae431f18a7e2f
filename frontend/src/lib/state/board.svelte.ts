import { SvelteMap } from 'svelte/reactivity'
import type { TileState } from './tile.svelte'
import type { View } from './view'

/** A tile that is on the screen, and what it says. */
export interface Shown {
  readonly tile: TileState
  readonly view: View
}

/** The tiles that are on the screen now, for whoever has to do with all of them or with the one in hand. */
export class Board {
  /** By the key of the place. */
  readonly #shown = new SvelteMap<string, Shown>()

  get all(): readonly Shown[] {
    return [...this.#shown.values()]
  }

  /** The tile of a place; null when nothing is shown there. */
  of(slot: string): TileState | null {
    return this.all.find(({ tile }) => tile.slot === slot)?.tile ?? null
  }

  put(key: string, tile: TileState, view: View): void {
    this.#shown.set(key, { tile, view })
  }

  /** Unless another tile has taken its place. */
  take(key: string, tile: TileState): void {
    if (this.#shown.get(key)?.tile === tile) this.#shown.delete(key)
  }
}
