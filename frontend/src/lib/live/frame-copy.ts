import type { Decoded } from './jpeg'

/**
 * Without a graphics card browsers take several times as long to draw a decoder's picture as to copy its pixels out and
 * draw those. So where that is faster, pixels go to a canvas of their own, which is drawn like any other picture.
 */
export class FrameCopier {
  #pixels: ImageData | null = null
  #canvas: HTMLCanvasElement | null = null

  /** Copies a picture; it may be closed when the promise resolves. The one before must not be of use any more. */
  async copy(frame: VideoFrame): Promise<Decoded> {
    const [width, height] = [frame.visibleRect?.width ?? frame.codedWidth, frame.visibleRect?.height ?? frame.codedHeight]
    const pixels = this.#pixelsOf(width, height)
    await frame.copyTo(pixels.data, { format: 'RGBA' })
    const canvas = this.#canvasOf(width, height)
    canvas.getContext('2d', { alpha: false, willReadFrequently: true })?.putImageData(pixels, 0, 0)
    return { source: canvas, width, height, scarce: false, release: () => undefined }
  }

  #pixelsOf(width: number, height: number): ImageData {
    if (this.#pixels?.width !== width || this.#pixels.height !== height) this.#pixels = new ImageData(width, height)
    return this.#pixels
  }

  /** What hangs keeps its canvas when pictures of another size come. */
  #canvasOf(width: number, height: number): HTMLCanvasElement {
    if (this.#canvas?.width !== width || this.#canvas.height !== height) {
      this.#canvas = document.createElement('canvas')
      this.#canvas.width = width
      this.#canvas.height = height
    }
    return this.#canvas
  }
}

const [width, height, frames, rounds] = [640, 360, 8, 3]
/** Drawing takes less than a third of this with a graphics card, and more than twice as long without. */
const slowMs = 0.35

/** Finds out whether pixels had better be copied here; takes some ms, once a page. */
export function copyingIsFaster(now: () => number): boolean {
  if (!('VideoFrame' in globalThis)) return false
  try {
    return drawingMs(now) > slowMs && copyingWorks()
  } catch {
    return false
  }
}

/** How long it takes to draw one picture: the best of some rounds, since others want the processor, too. */
function drawingMs(now: () => number): number {
  const canvas = document.createElement('canvas')
  canvas.width = width * 0.75
  canvas.height = height * 0.75
  const context = canvas.getContext('2d', { alpha: false })
  if (context === null) return 0
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    // A picture that was drawn before is drawn faster.
    const pictures = Array.from({ length: frames }, newPicture)
    const begun = now()
    for (const picture of pictures) context.drawImage(picture, 0, 0, canvas.width, canvas.height)
    best = Math.min(best, (now() - begun) / frames)
    for (const picture of pictures) picture.close()
  }
  return best
}

/** Older browsers know no format to copy to, and would copy planes. */
function copyingWorks(): boolean {
  const picture = newPicture()
  try {
    return picture.allocationSize({ format: 'RGBA' }) === width * height * 4
  } finally {
    picture.close()
  }
}

function newPicture(): VideoFrame {
  return new VideoFrame(new Uint8Array((width * height * 3) / 2), { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 })
}
