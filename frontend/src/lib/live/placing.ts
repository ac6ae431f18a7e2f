import type { View, Want } from './watch'

export interface Shape {
  readonly width: number
  readonly height: number
}

export interface Box extends Shape {
  readonly x: number
  readonly y: number
}

/** What is drawn where. */
export interface Placing {
  /** Of the picture as it is displayed, in parts of it. */
  readonly from: Box
  /** In pixels of the canvas. */
  readonly to: Box
}

/** From this part of the canvas on a picture is stretched over all of it: bars of a pixel or two are ugly. */
const filled = 0.985

/** Fits the seen part of a picture of a shape into a canvas. Pure. */
export function place(shape: Shape, canvas: Shape, fit: Want['fit'], view: View): Placing {
  const all: Box = { x: 0, y: 0, width: canvas.width, height: canvas.height }
  if (fit === 'fill') return { from: view, to: all }
  const seen = { width: shape.width * view.width, height: shape.height * view.height }
  const [across, down] = [canvas.width / seen.width, canvas.height / seen.height]
  const nearly = Math.min(across, down) >= Math.max(across, down) * filled
  if (nearly) return { from: view, to: all }
  if (fit === 'contain') {
    const scale = Math.min(across, down)
    const width = Math.round(seen.width * scale)
    const height = Math.round(seen.height * scale)
    return { from: view, to: { x: (canvas.width - width) >> 1, y: (canvas.height - height) >> 1, width, height } }
  }
  const scale = Math.max(across, down)
  const width = (view.width * across) / scale
  const height = (view.height * down) / scale
  return { from: { x: view.x + (view.width - width) / 2, y: view.y + (view.height - height) / 2, width, height }, to: all }
}

/** The same part in a picture that has to be turned clockwise by so many degrees to be displayed. Pure. */
export function turned(from: Box, degrees: number): Box {
  const right = 1 - from.x - from.width
  const bottom = 1 - from.y - from.height
  switch (degrees) {
    case 90: return { x: from.y, y: right, width: from.height, height: from.width }
    case 180: return { x: right, y: bottom, width: from.width, height: from.height }
    case 270: return { x: bottom, y: from.x, width: from.height, height: from.width }
    default: return from
  }
}

/** Keeps a view within the picture, and from being nothing. */
export function viewWithin(view: View): View {
  const within = (value: number, most: number): number => Math.min(Math.max(Number.isFinite(value) ? value : 0, 0), most)
  const width = Math.max(within(view.width, 1), smallest)
  const height = Math.max(within(view.height, 1), smallest)
  return { x: within(view.x, 1 - width), y: within(view.y, 1 - height), width, height }
}

const smallest = 1 / 64
