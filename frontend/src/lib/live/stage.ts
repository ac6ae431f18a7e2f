/** Something that paints its newest picture when asked. */
export interface Actor {
  paint(): void
}

/** Paints all tiles in one go before the browser's next frame, each with its newest picture. */
export class Stage {
  readonly #frame: (callback: () => void) => void
  readonly #after: () => void
  readonly #waiting = new Set<Actor>()
  #asked = false

  /** `after` is called when all of a frame is painted. */
  constructor(frame: (callback: () => void) => void, after: () => void) {
    this.#frame = frame
    this.#after = after
  }

  /** It has something to paint. */
  call(actor: Actor): void {
    this.#waiting.add(actor)
    if (this.#asked) return
    this.#asked = true
    this.#frame(this.#paint)
  }

  /** It has nothing to paint any more. */
  dismiss(actor: Actor): void {
    this.#waiting.delete(actor)
  }

  readonly #paint = (): void => {
    this.#asked = false
    const actors = [...this.#waiting]
    this.#waiting.clear()
    for (const actor of actors) {
      try {
        actor.paint()
      } catch {
        // One picture that can't be drawn is no reason not to paint the others.
      }
    }
    this.#after()
  }
}
