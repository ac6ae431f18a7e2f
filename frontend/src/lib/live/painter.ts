import type { Decode, Decoded } from './decoder'
import type { Size } from './ladder'
import type { PictureInfo } from './picture'

/** A JPEG on its way to the canvas. */
export interface Waiting {
  readonly jpeg: Blob
  readonly info: PictureInfo
  /** When it arrived, in milliseconds of the monotonic clock. */
  readonly at: number
}

export interface PainterConfig {
  readonly canvas: HTMLCanvasElement
  readonly decode: Decode
  /** Called after each picture that is on the canvas. */
  readonly onPainted: (picture: Waiting) => void
}

/** From this part of the canvas on a picture is stretched over all of it. */
const filled = 0.985

/** Paints the newest picture: while one is being decoded only the newest of those that come is kept. */
export class Painter {
  readonly #config: PainterConfig
  #waiting: Waiting | null = null
  #busy = false
  #stopped = false
  #broken = 0

  constructor(config: PainterConfig) {
    this.#config = config
  }

  /** How many pictures could not be decoded. */
  get broken(): number {
    return this.#broken
  }

  offer(picture: Waiting): void {
    this.#waiting = picture
    if (!this.#busy) void this.#paintAll()
  }

  /** Nothing is painted any more, not even what is being decoded. */
  stop(): void {
    this.#stopped = true
    this.#waiting = null
  }

  /** Gives the canvas a new size in device pixels and keeps what it shows. */
  resize(size: Size): void {
    const { canvas } = this.#config
    if (canvas.width === size.width && canvas.height === size.height) return
    const old = document.createElement('canvas')
    old.width = canvas.width
    old.height = canvas.height
    old.getContext('2d')?.drawImage(canvas, 0, 0)
    canvas.width = size.width
    canvas.height = size.height
    canvas.getContext('2d')?.drawImage(old, 0, 0, size.width, size.height)
  }

  async #paintAll(): Promise<void> {
    this.#busy = true
    for (let next = this.#take(); next !== null; next = this.#take()) {
      try {
        this.#draw(await this.#config.decode(next.jpeg))
        if (!this.#stopped) this.#config.onPainted(next)
      } catch {
        this.#broken++
      }
    }
    this.#busy = false
  }

  #take(): Waiting | null {
    const next = this.#waiting
    this.#waiting = null
    return next
  }

  /** Fills the canvas; a picture of another shape gets bars. */
  #draw(picture: Decoded): void {
    const { canvas } = this.#config
    try {
      const context = this.#stopped ? null : canvas.getContext('2d', { alpha: false })
      if (context === null) return
      const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height)
      let width = Math.round(picture.width * scale)
      let height = Math.round(picture.height * scale)
      // A difference of shape that is not seen is filled (ladder.ts).
      if (width >= canvas.width * filled) width = canvas.width
      if (height >= canvas.height * filled) height = canvas.height
      if (width < canvas.width || height < canvas.height) context.fillRect(0, 0, canvas.width, canvas.height)
      context.drawImage(picture.source, (canvas.width - width) >> 1, (canvas.height - height) >> 1, width, height)
    } finally {
      picture.release()
    }
  }
}
