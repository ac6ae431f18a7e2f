import { panBy, spotIn, whole, zoomAt, type View } from './zoom'

/** A finger, a pen or a mouse on a tile, in CSS pixels from its upper left corner. */
export interface Touch {
  readonly id: number
  readonly x: number
  readonly y: number
}

/** One turn of a usual wheel. */
const wheelStep = 1.25
const keyStep = 1.5

/** Two taps within this time and way are one double tap. */
const doubleTapMs = 300
const doubleTapPx = 30
/** A hand trembles by less. */
const tapPx = 8

/** Digital zoom of one tile: what of its picture is seen, moved by wheel, fingers and keys. */
export class ZoomState {
  #view = $state.raw<View>(whole)
  #box: View = { x: 0, y: 0, width: 1, height: 1 }
  /** Two at most. */
  #touches: readonly Touch[] = []
  #subject = ''
  #travelled = 0
  #pinched = false
  #lastTap: (Touch & { readonly at: number }) | null = null

  /** Of the picture, or of its crop. */
  get view(): View {
    return this.#view
  }

  get zoomed(): boolean {
    return this.#view.width < 1
  }

  /** How many times larger than usual. */
  get times(): number {
    return 1 / this.#view.width
  }

  /** Where the picture lies in the tile, in CSS pixels; it may be larger than the tile. */
  place(box: View): void {
    if (box.width > 0 && box.height > 0) this.#box = box
  }

  /** By a wheel, at the pointer; down is away. A wheel that counts lines turns by three of them at once. */
  wheel(delta: number, unit: 'pixels' | 'lines' | 'pages', x: number, y: number): void {
    const turns = delta / { pixels: 100, lines: 3, pages: 1 }[unit]
    this.#view = zoomAt(this.#view, wheelStep ** -Math.max(-3, Math.min(3, turns)), spotIn(this.#box, x, y))
  }

  /** By a key, at the middle. */
  step(nearer: boolean): void {
    this.#view = zoomAt(this.#view, nearer ? keyStep : 1 / keyStep, { x: 0.5, y: 0.5 })
  }

  /** By keys: a quarter of what is seen. */
  pan(right: number, down: number): void {
    this.#view = panBy(this.#view, right / 4, down / 4)
  }

  /** Puts all of the picture back. Tells whether anything was to be put back. */
  reset(): boolean {
    const zoomed = this.zoomed
    this.#view = whole
    return zoomed
  }

  /** Says whose picture it is: that of another camera is shown whole. */
  look(subject: string): void {
    if (subject === this.#subject) return
    this.#subject = subject
    this.reset()
    this.#touches = []
    this.#lastTap = null
  }

  down(touch: Touch): void {
    if (this.#touches.length === 0) {
      this.#travelled = 0
      this.#pinched = false
    }
    if (this.#touches.length < 2) this.#touches = [...this.#touches, touch]
    if (this.#touches.length === 2) this.#pinched = true
  }

  move(touch: Touch): void {
    const before = this.#touches.find(({ id }) => id === touch.id)
    if (before === undefined) return
    const other = this.#touches.find(({ id }) => id !== touch.id)
    this.#touches = this.#touches.map((one) => (one === before ? touch : one))
    this.#travelled += Math.hypot(touch.x - before.x, touch.y - before.y)
    if (other === undefined) {
      this.#drag(touch.x - before.x, touch.y - before.y)
      return
    }
    const apart = Math.max(1, Math.hypot(touch.x - other.x, touch.y - other.y))
    const apartBefore = Math.max(1, Math.hypot(before.x - other.x, before.y - other.y))
    // About where their middle was, and then along with it.
    this.#view = zoomAt(this.#view, apart / apartBefore, spotIn(this.#box, (before.x + other.x) / 2, (before.y + other.y) / 2))
    this.#drag((touch.x - before.x) / 2, (touch.y - before.y) / 2)
  }

  /** Tells whether this was the second tap that takes the zoom back. `at` in milliseconds. */
  up(touch: Touch, at: number): boolean {
    if (!this.#lift(touch.id) || this.#touches.length > 0) return false
    if (this.#pinched || this.#travelled > tapPx) {
      this.#lastTap = null
      return false
    }
    const last = this.#lastTap
    const double = last !== null && at - last.at < doubleTapMs && Math.hypot(touch.x - last.x, touch.y - last.y) < doubleTapPx
    this.#lastTap = double ? null : { ...touch, at }
    return double && this.reset()
  }

  /** The pointer was taken away: it was no tap. */
  lost(id: number): void {
    this.#lift(id)
    this.#lastTap = null
  }

  #lift(id: number): boolean {
    const left = this.#touches.filter((one) => one.id !== id)
    const there = left.length < this.#touches.length
    this.#touches = left
    return there
  }

  #drag(dx: number, dy: number): void {
    if (this.zoomed) this.#view = panBy(this.#view, -dx / this.#box.width, -dy / this.#box.height)
  }
}
