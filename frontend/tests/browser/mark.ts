import type { Seeing } from './sampler'

/**
 * Reads the frame number that the simulated cameras draw into their pictures. The picture is a grid of cells, each
 * W/40 by H/22.5; from column 12 on, row 1 has 16 bits, the most significant on the left, white = 1, and row 2 has them
 * inverted. Resolves to null when there is no mark, or a damaged one. The selector names an image, or a canvas that has
 * the whole of a 16:9 picture in its middle.
 */
export function readMark(page: Seeing, selector: string): Promise<number | null> {
  return page.evaluate((selector) => {
    const source = document.querySelector(selector)
    if (!(source instanceof HTMLCanvasElement || source instanceof HTMLImageElement)) return null
    const natural = source instanceof HTMLImageElement
    const [wide, high] = source instanceof HTMLImageElement ? [source.naturalWidth, source.naturalHeight] : [source.width, source.height]
    const width = natural ? wide : Math.min(wide, (high * 16) / 9)
    const height = natural ? high : Math.min(high, (wide * 9) / 16)
    if (width < 80 || height < 45) return null
    // A copy, so that the page's own canvas stays one that is only drawn to.
    const copy = document.createElement('canvas')
    copy.width = wide
    copy.height = high
    const context = copy.getContext('2d')
    context?.drawImage(source, 0, 0)
    const light = (column: number, row: number): number => {
      const x = Math.floor((wide - width) / 2 + ((column + 0.5) * width) / 40)
      const y = Math.floor((high - height) / 2 + ((row + 0.5) * height) / 22.5)
      const [red = 0, green = 0, blue = 0] = context?.getImageData(x, y, 1, 1).data ?? []
      return (red + green + blue) / 3
    }
    let frame = 0
    for (let column = 12; column < 28; column++) {
      const bit = light(column, 1)
      const check = light(column, 2)
      if (Math.abs(bit - check) < 60) return null
      frame = frame * 2 + (bit > check ? 1 : 0)
    }
    return frame
  }, selector)
}

/** How far one frame number is from another that may have started over (16 bits). */
export function ahead(from: number, to: number): number {
  return (to - from + 0x10000) % 0x10000
}
