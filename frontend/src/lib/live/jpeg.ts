/** A decoded picture. */
export interface Decoded {
  readonly source: CanvasImageSource
  readonly width: number
  readonly height: number
  /** One of few that a decoder has to give: not to be held for long. */
  readonly scarce: boolean
  /** Must be called once; the source is of no use afterwards. */
  readonly release: () => void
}

/** A tile's way of decoding JPEG. */
export interface JpegDecoder {
  /** "ImageBitmap" or "Image". */
  readonly name: string
  /** Rejects for bytes that are no picture. */
  decode(jpeg: Uint8Array<ArrayBuffer>): Promise<Decoded>
}

/** For Chromium and Firefox, where an Image costs more than twice the time and memory. */
export const bitmapDecoder: JpegDecoder = {
  name: 'ImageBitmap',
  async decode(jpeg) {
    const bitmap = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }))
    return { source: bitmap, width: bitmap.width, height: bitmap.height, scarce: false, release: () => bitmap.close() }
  },
}

/** For WebKit, where createImageBitmap leaks: a few Images take turns, so that one is shown while the next decodes. */
export class ImageElementDecoder implements JpegDecoder {
  readonly name = 'Image'
  readonly #newImage: () => HTMLImageElement
  readonly #free: HTMLImageElement[] = []

  constructor(newImage: () => HTMLImageElement) {
    this.#newImage = newImage
  }

  async decode(jpeg: Uint8Array<ArrayBuffer>): Promise<Decoded> {
    const address = URL.createObjectURL(new Blob([jpeg], { type: 'image/jpeg' }))
    const image = this.#free.pop() ?? this.#newImage()
    const release = (): void => {
      URL.revokeObjectURL(address)
      this.#free.push(image)
    }
    try {
      image.src = address
      await image.decode()
    } catch (error) {
      release()
      throw error
    }
    return { source: image, width: image.naturalWidth, height: image.naturalHeight, scarce: false, release }
  }
}

/** True for WebKit itself; Chromium names it for old times' sake only. */
export function isWebKit(userAgent: string): boolean {
  return /AppleWebKit\//.test(userAgent) && !/Chrom(e|ium)\//.test(userAgent)
}

/** The way of decoding that suits the browser. */
export function jpegDecoderFor(userAgent: string): JpegDecoder {
  return isWebKit(userAgent) ? new ImageElementDecoder(() => new Image()) : bitmapDecoder
}
