import type { Decoded } from './jpeg'
import type { PictureMessage } from './protocol'

/** What is known of a picture apart from its pixels. */
export type Caption = Omit<PictureMessage, 'kind' | 'data'> & {
  /** When it came here, by our clock. */
  readonly receivedAt: number
}

/** Where decoded pictures go. */
export interface PathOut {
  /** A picture to be shown; it is the taker's to release. */
  ready(picture: Decoded, caption: Caption): void
  /** A picture that will not be shown. */
  passed(caption: Caption): void
  /** The decoder has it and wants more before it gives it out: that must not stop those that follow. */
  held(caption: Caption): void
}

/** From bytes to pictures, of one source. */
export interface Path {
  /** "WebCodecs", "ImageBitmap" or "Image". */
  readonly name: string
  take(caption: Caption, data: Uint8Array<ArrayBuffer>): void
  /** Called some times a second. */
  tick(now: number): void
  /** Nothing comes out any more, and everything inside is released. */
  close(): void
}
