import { describe, expect, it } from 'vitest'
import { place, turned, viewWithin } from './placing'
import { wholeView } from './watch'

const wide = { width: 1920, height: 1080 }
const tile = { width: 640, height: 360 }
const square = { width: 360, height: 360 }
const all = (canvas: { width: number; height: number }) => ({ x: 0, y: 0, ...canvas })

describe('place', () => {
  it('shows the whole of a picture of the same shape', () => {
    for (const fit of ['contain', 'cover', 'fill'] as const) expect(place(wide, tile, fit, wholeView)).toEqual({ from: wholeView, to: all(tile) })
  })

  it('leaves no bars of a pixel or two', () => {
    expect(place({ width: 4, height: 3 }, { width: 400, height: 301 }, 'contain', wholeView).to).toEqual({ x: 0, y: 0, width: 400, height: 301 })
  })

  it('puts bars around, cuts, or stretches a picture of another shape', () => {
    expect(place(wide, square, 'contain', wholeView)).toEqual({ from: wholeView, to: { x: 0, y: 78, width: 360, height: 203 } })
    const { from, to } = place(wide, square, 'cover', wholeView)
    expect(to).toEqual(all(square))
    expect([from.x, from.y, from.width, from.height].map((part) => Math.round(part * 1e4) / 1e4)).toEqual([0.2188, 0, 0.5625, 1])
    expect(place(wide, square, 'fill', wholeView)).toEqual({ from: wholeView, to: all(square) })
  })

  it('shows a part, whose shape counts then', () => {
    const view = { x: 0.5, y: 0.5, width: 0.5, height: 0.25 }
    expect(place(wide, tile, 'contain', view)).toEqual({ from: view, to: { x: 0, y: 90, width: 640, height: 180 } })
    expect(place(wide, tile, 'cover', view).from).toEqual({ x: 0.625, y: 0.5, width: 0.25, height: 0.25 })
  })
})

describe('turned', () => {
  // The top left quarter of what is displayed, but for a little.
  const from = { x: 0, y: 0.1, width: 0.5, height: 0.4 }
  it.each([
    [0, from],
    [90, { x: 0.1, y: 0.5, width: 0.4, height: 0.5 }],
    [180, { x: 0.5, y: 0.5, width: 0.5, height: 0.4 }],
    [270, { x: 0.5, y: 0, width: 0.4, height: 0.5 }],
  ])('finds the part in a picture that is turned by %d degrees', (degrees, expected) => {
    expect(turned(from, degrees)).toEqual(expected)
  })
})

describe('viewWithin', () => {
  it('keeps views within the picture, and from being nothing', () => {
    expect(viewWithin({ x: -1, y: 0.8, width: 0.5, height: 0.5 })).toEqual({ x: 0, y: 0.5, width: 0.5, height: 0.5 })
    expect(viewWithin({ x: NaN, y: 0, width: 0, height: 7 })).toEqual({ x: 0, y: 0, width: 1 / 64, height: 1 })
  })
})
