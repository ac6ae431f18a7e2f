/** A decoded picture, to be drawn once and then released. */
export interface Decoded {
  readonly source: CanvasImageSource
  readonly width: number
  readonly height: number
  /** Must be called; the source is of no use afterwards. */
  readonly release: () => void
}

/** Turns a JPEG into something that a canvas can draw; rejects for bytes that are no picture. One call at a time. */
export type Decode = (jpeg: Blob) => Promise<Decoded>

/** For Chromium and Firefox, where an Image costs more than twice the time and memory. */
export const decodeBitmap: Decode = async (jpeg) => {
  const bitmap = await createImageBitmap(jpeg)
  return { source: bitmap, width: bitmap.width, height: bitmap.height, release: () => bitmap.close() }
}

/** For WebKit, where createImageBitmap leaks: one Image is used for all pictures of a tile. */
export function imageDecoder(image: HTMLImageElement): Decode {
  return async (jpeg) => {
    const address = URL.createObjectURL(jpeg)
    try {
      image.src = address
      await image.decode()
    } catch (error) {
      URL.revokeObjectURL(address)
      throw error
    }
    const release = (): void => URL.revokeObjectURL(address)
    return { source: image, width: image.naturalWidth, height: image.naturalHeight, release }
  }
}

/** True for WebKit itself; Chromium names it for old times' sake only. */
export function isWebKit(userAgent: string): boolean {
  return /AppleWebKit\//.test(userAgent) && !/Chrom(e|ium)\//.test(userAgent)
}

/** The way of decoding that suits the browser. */
export function decoderFor(userAgent: string): Decode {
  return isWebKit(userAgent) ? imageDecoder(new Image()) : decodeBitmap
}
