import type { Decoded } from './jpeg'
import { place, turned, viewWithin, type Shape } from './placing'
import { wholeView, type View, type Want } from './watch'

/** A decoded picture and how it is to be shown. */
export interface Hung {
  readonly picture: Decoded
  /** Null: the picture's own. */
  readonly shape: Shape | null
  /** Degrees clockwise. */
  readonly rotation: number
}

/**
 * One tile's canvas. It holds on to the newest picture, so that another view or size is painted at once, also while
 * nothing new comes. The canvas never goes black between two pictures.
 */
export class Easel {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D | null
  #hung: Hung | null = null
  #fit: Want['fit']
  #view: View = wholeView

  constructor(canvas: HTMLCanvasElement, fit: Want['fit']) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })
    this.#fit = fit
  }

  /** Takes the picture over and paints it. */
  hang(hung: Hung): void {
    const old = this.#hung
    this.#hung = hung
    try {
      this.#paint()
    } finally {
      old?.picture.release()
    }
  }

  get view(): View {
    return this.#view
  }

  setView(view: View): void {
    this.#view = viewWithin(view)
    this.#paint()
  }

  setFit(fit: Want['fit']): void {
    if (fit === this.#fit) return
    this.#fit = fit
    this.#paint()
  }

  /** A new size in device pixels. What was shown is shown. */
  resize(size: Shape): void {
    const width = Math.max(1, Math.round(size.width))
    const height = Math.max(1, Math.round(size.height))
    const canvas = this.#canvas
    if (canvas.width === width && canvas.height === height) return
    const old = this.#hung === null ? copyOf(canvas, canvas.width, canvas.height) : null
    canvas.width = width
    canvas.height = height
    if (old !== null) this.#context?.drawImage(old, 0, 0, width, height)
    this.#paint()
  }

  /** Decoders have few pictures to give: a copy takes the place of what hangs. */
  keep(): void {
    const hung = this.#hung
    if (hung?.picture.scarce !== true) return
    const { width, height } = hung.picture
    const source = copyOf(hung.picture.source, width, height)
    this.#hung = { ...hung, picture: { source, width, height, scarce: false, release: () => undefined } }
    hung.picture.release()
  }

  /** Lets go of what hangs; the canvas keeps showing it. */
  release(): void {
    this.#hung?.picture.release()
    this.#hung = null
  }

  #paint(): void {
    const context = this.#context
    if (this.#hung === null || context === null) return
    const { picture, rotation } = this.#hung
    if (picture.width <= 0 || picture.height <= 0) return
    const upright = rotation % 180 === 0
    const own = upright ? picture : { width: picture.height, height: picture.width }
    const { from, to } = place(this.#hung.shape ?? own, this.#canvas, this.#fit, this.#view)
    if (to.width < this.#canvas.width || to.height < this.#canvas.height) context.fillRect(0, 0, this.#canvas.width, this.#canvas.height)
    const part = turned(from, rotation)
    const cut = [part.x * picture.width, part.y * picture.height, part.width * picture.width, part.height * picture.height] as const
    if (rotation === 0) {
      context.drawImage(picture.source, ...cut, to.x, to.y, to.width, to.height)
      return
    }
    const [width, height] = upright ? [to.width, to.height] : [to.height, to.width]
    context.save()
    context.translate(to.x + to.width / 2, to.y + to.height / 2)
    context.rotate((rotation * Math.PI) / 180)
    context.drawImage(picture.source, ...cut, -width / 2, -height / 2, width, height)
    context.restore()
  }
}

function copyOf(source: CanvasImageSource, width: number, height: number): HTMLCanvasElement {
  const copy = document.createElement('canvas')
  copy.width = Math.max(1, width)
  copy.height = Math.max(1, height)
  if (width > 0 && height > 0) copy.getContext('2d', { alpha: false })?.drawImage(source, 0, 0, width, height)
  return copy
}
