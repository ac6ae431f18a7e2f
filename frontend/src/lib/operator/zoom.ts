/** The part of a picture that is shown, in 0..1 of it. */
export interface View {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A place in what is shown now, in 0..1 of it. */
export interface Spot {
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export const whole: View = { x: 0, y: 0, width: 1, height: 1 }

/** Beyond this there is nothing to see but pixels. */
export const mostZoom = 8

/** Nearer by a factor, so that what is at the spot stays there. Never outside the picture. */
export function zoomAt(view: View, factor: number, at: Spot): View {
  const size = clamp(view.width / factor, 1 / mostZoom, 1)
  // A hair from whole is whole.
  if (size > 0.999) return whole
  return within({ x: view.x + at.x * (view.width - size), y: view.y + at.y * (view.height - size), width: size, height: size })
}

/** Moves what is seen by a part of itself: 0.1 to the right shows what is a tenth further right. */
export function panBy(view: View, dx: number, dy: number): View {
  return within({ ...view, x: view.x + dx * view.width, y: view.y + dy * view.height })
}

function within(view: View): View {
  return { ...view, x: clamp(view.x, 0, 1 - view.width), y: clamp(view.y, 0, 1 - view.height) }
}

/** The part of the whole picture that a view of a crop is. */
export function compose(crop: View | null, view: View): View {
  if (crop === null) return view
  return { x: crop.x + view.x * crop.width, y: crop.y + view.y * crop.height, width: view.width * crop.width, height: view.height * crop.height }
}

/** Where what is shown lies in its tile: within it, or beyond its edges where it is cut. */
export function boxIn(tile: Size, picture: Size, fit: 'contain' | 'cover' | 'fill'): View {
  if (fit === 'fill' || picture.width <= 0 || picture.height <= 0 || tile.width <= 0 || tile.height <= 0) return { x: 0, y: 0, ...tile }
  const across = tile.width / picture.width
  const down = tile.height / picture.height
  const scale = fit === 'contain' ? Math.min(across, down) : Math.max(across, down)
  const width = picture.width * scale
  const height = picture.height * scale
  return { x: (tile.width - width) / 2, y: (tile.height - height) / 2, width, height }
}

/** A point of the tile as a place in what is shown; the edge where it lies beside it. */
export function spotIn(box: View, x: number, y: number): Spot {
  return { x: clamp((x - box.x) / box.width, 0, 1), y: clamp((y - box.y) / box.height, 0, 1) }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
