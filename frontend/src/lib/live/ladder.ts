/** Width and height in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * The sizes that tiles ask for. Few, so that viewers with windows of all sizes share renditions; all 16:9, the shape of
 * nearly every camera (the server puts bars around others).
 */
export const ladder: readonly Size[] = [
  { width: 320, height: 180 },
  { width: 480, height: 270 },
  { width: 640, height: 360 },
  { width: 960, height: 540 },
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
  { width: 2560, height: 1440 },
  { width: 3840, height: 2160 },
]

/** Stretching by this much is not seen, and a step more would cost up to twice the pixels. */
const stretch = 1.1

/** A difference of shape that is not seen either: no bars of a pixel or two. */
const nearly = 0.01

/** The largest 16:9 box inside a tile, in whole pixels; at least one pixel each way. */
export function pictureBox(tile: Size): Size {
  if (Math.abs((tile.width * 9) / (tile.height * 16) - 1) <= nearly) {
    return { width: Math.max(1, Math.round(tile.width)), height: Math.max(1, Math.round(tile.height)) }
  }
  const width = Math.min(tile.width, (tile.height * 16) / 9)
  return { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round((width * 9) / 16)) }
}

/** The step to ask for, given the device pixels of the picture's box. */
export function stepFor(box: Size): Size {
  const step = ladder.find((size) => size.width * stretch >= box.width)
  return step ?? (ladder.at(-1) as Size)
}
