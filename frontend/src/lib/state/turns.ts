import { Rotation } from './rotation.svelte'

/** Which camera each place that shows several has come to. A page that comes back goes on where it was. */
export class Turns {
  readonly #places = new Map<string, Rotation>()

  of(slot: string): Rotation {
    let rotation = this.#places.get(slot)
    if (rotation === undefined) {
      rotation = new Rotation()
      this.#places.set(slot, rotation)
    }
    return rotation
  }
}
