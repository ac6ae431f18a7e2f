import { ZoomState } from './zoom.svelte'

/** The zoom of each place: the same as long as the page lives, so that a page turn does not lose it. */
export class Zooms {
  readonly #all = new Map<string, ZoomState>()

  of(slot: string): ZoomState {
    const there = this.#all.get(slot) ?? new ZoomState()
    this.#all.set(slot, there)
    return there
  }
}
