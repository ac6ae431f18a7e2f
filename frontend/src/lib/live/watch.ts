import type { Status } from './status'

/** What a tile wants to show. */
export interface Want {
  readonly camera: string
  /** A stream's name, or "auto": by size. */
  readonly stream: string
  /** Device pixels of the tile. What a view needs beyond that is asked for by itself. */
  readonly width: number
  readonly height: number
  readonly fit: 'contain' | 'cover' | 'fill'
  /** The most; 0 is every picture. */
  readonly fps: number
  readonly prefer: 'auto' | 'jpeg'
}

/** The part of the picture that is shown, in parts of its width and height. */
export interface View {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const wholeView: View = { x: 0, y: 0, width: 1, height: 1 }

/** Why there is nothing to watch, as the server says it. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly hint: string
}

/**
 * Why pictures do not come as the camera sends them: no secure context, nothing here decodes it, the decoder failed, it
 * was too slow, the camera's codec, the way from the server. Empty: they do, or nothing else was wanted.
 */
export type Why = '' | 'insecure' | 'unsupported' | 'error' | 'slow' | 'codec' | 'link'

export interface TileFigures {
  /** Painted, of late. */
  readonly fps: number
  /** From arrival at the server to paint, of late: the median, and what 19 of 20 stay under; 0 unknown. */
  readonly delayMs: number
  readonly delayP95Ms: number
  /** Pictures that came and were not painted, since the tile began. */
  readonly dropped: number
  readonly bitsPerSecond: number
  /** "640x360" of the painted picture, or empty. */
  readonly size: string
  readonly format: '' | 'jpeg' | 'h264' | 'h265'
  /** "WebCodecs", "ImageBitmap", "Image", or empty. */
  readonly decoder: string
  readonly why: Why
}

/**
 * What is to be seen in a tile and how true it is. Immutable: a new one for each change, at once for what it says in
 * words, some times a second for figures and times.
 */
export interface TileSight {
  /** Nothing heard yet; a state is known; nothing to watch; stopped by us; no connection. */
  readonly phase: 'waiting' | 'told' | 'refused' | 'stopped' | 'lost'
  /** The newest that the server said, also while the connection is lost. */
  readonly status: Status | null
  readonly refusal: Refusal | null
  /** When the painted picture came from the camera, local Unix ms; null: none is painted. */
  readonly pictureTime: number | null
  /** The painted picture is of the source that is live now. */
  readonly live: boolean
  /** Since when pictures are identical, local Unix ms. */
  readonly unchangedSince: number | null
  readonly reduced: '' | 'link' | 'screen'
  readonly figures: TileFigures
}

/** One tile that is watched. All calls are cheap; those after close do nothing. */
export interface Watch {
  readonly sight: TileSight
  /** Old pictures go on until the first of the new ones. Another camera is another matter: see TileSight.live. */
  change(want: Partial<Want>): void
  /** Paints at once, also while nothing new comes, and asks for the pixels that the view needs. */
  setView(view: View): void
  /** Gives the canvas and the wish a new size in device pixels; the picture stays. */
  resize(size: { readonly width: number; readonly height: number }): void
  /** No more pictures; the canvas keeps its last one. */
  stop(): void
  /** After stop. */
  start(): void
  /** This tile's sound; that of another tile ends. Call it from a gesture. */
  sound(on: boolean): void
  /** Ends it and frees everything but the canvas. */
  close(): void
}

export const noFigures: TileFigures = {
  fps: 0, delayMs: 0, delayP95Ms: 0, dropped: 0, bitsPerSecond: 0, size: '', format: '', decoder: '', why: '',
}
