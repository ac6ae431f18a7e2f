export interface CornerConfig {
  /** Of the page, in CSS pixels. */
  readonly size: () => { readonly width: number; readonly height: number }
  /** It was held long enough. */
  readonly act: () => void
}

export type CornerEvent = Pick<PointerEvent, 'pointerId' | 'isPrimary' | 'button' | 'clientX' | 'clientY'>

/** How near to both edges a corner is. */
const cornerPx = 88
/** A finger that holds still trembles. */
const tremblePx = 20
/** Nobody sees it before that, and whoever holds on sees how it grows. */
export const ringAfterMs = 500
export const actAfterMs = 3000

/** A press in a corner of the screen that is held for 3 s: a way that hands find who know of it, and no others. */
export class CornerPress {
  readonly #config: CornerConfig
  #from: { readonly id: number; readonly x: number; readonly y: number } | null = null
  #timers: ReturnType<typeof setTimeout>[] = []
  #ring = $state.raw<{ readonly x: number; readonly y: number } | null>(null)

  constructor(config: CornerConfig) {
    this.#config = config
  }

  /** Where it is to be seen that somebody holds on; null: nowhere. */
  get ring(): { readonly x: number; readonly y: number } | null {
    return this.#ring
  }

  down({ pointerId, isPrimary, button, clientX: x, clientY: y }: CornerEvent): void {
    // A second finger makes it something else.
    const alone = isPrimary && this.#from === null
    this.end()
    if (!alone || button !== 0 || !this.#isCorner(x, y)) return
    this.#from = { id: pointerId, x, y }
    this.#timers = [
      setTimeout(() => (this.#ring = { x, y }), ringAfterMs),
      setTimeout(() => {
        this.end()
        this.#config.act()
      }, actAfterMs),
    ]
  }

  move({ pointerId, clientX, clientY }: CornerEvent): void {
    const from = this.#from
    if (from?.id === pointerId && Math.hypot(clientX - from.x, clientY - from.y) > tremblePx) this.end()
  }

  up({ pointerId }: Pick<CornerEvent, 'pointerId'>): void {
    if (this.#from?.id === pointerId) this.end()
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
    this.#from = null
    this.#ring = null
  }

  #isCorner(x: number, y: number): boolean {
    const { width, height } = this.#config.size()
    return Math.min(x, width - x) <= cornerPx && Math.min(y, height - y) <= cornerPx
  }
}
