import { describe, expect, it } from 'vitest'
import { isWindow, stillAddress, streamAddress, transportFor } from './address'
import { ladder, pictureBox, stepFor } from './ladder'

describe('pictureBox', () => {
  it.each([
    [{ width: 1600, height: 900 }, { width: 1600, height: 900 }],
    [{ width: 1600, height: 1200 }, { width: 1600, height: 900 }],
    [{ width: 3000, height: 900 }, { width: 1600, height: 900 }],
    // Within 1 % of the shape: the whole tile, no bars.
    [{ width: 727, height: 408.5 }, { width: 727, height: 409 }],
    [{ width: 0, height: 0 }, { width: 1, height: 1 }],
    [{ width: 100, height: 0 }, { width: 1, height: 1 }],
  ])('fits into %o', (tile, box) => {
    expect(pictureBox(tile)).toEqual(box)
  })
})

describe('stepFor', () => {
  it('is 16:9 and ascending', () => {
    for (const [place, step] of ladder.entries()) {
      expect(step.height).toBe((step.width * 9) / 16)
      if (place > 0) expect(step.width).toBeGreaterThan(ladder[place - 1]?.width ?? 0)
    }
  })

  it.each([[1, 320], [320, 320], [352, 320], [353, 480], [640, 640], [704, 640], [705, 960], [1920, 1920], [4000, 3840], [9000, 3840]])(
    'asks for a picture for %d pixels of %d', (width, step) => {
      expect(stepFor({ width, height: (width * 9) / 16 }).width).toBe(step)
    })

  it('gives tiles of nearly the same width the same size', () => {
    expect(stepFor({ width: 955, height: 537 })).toBe(stepFor({ width: 1010, height: 568 }))
  })
})

describe('addresses', () => {
  it('ask for exactly one size and escape the camera', () => {
    expect(streamAddress('cam1', { width: 640, height: 360 })).toBe('/live/cam1?size=640x360&fit=contain&stream=auto&raw=1')
    expect(stillAddress('a/b', { width: 320, height: 180 })).toBe('/live/a%2Fb.jpg?size=320x180&fit=contain&stream=auto')
  })

  it('take streams while a browser has connections for them, and always in the window', () => {
    expect([1, 4, 5, 9].map((tiles) => transportFor(tiles, false))).toEqual(['stream', 'stream', 'stills', 'stills'])
    expect(transportFor(9, true)).toBe('stream')
  })

  it.each([
    ['wails:', 'wails', true], ['http:', 'wails.localhost', true], ['https:', 'wails', true],
    ['http:', '127.0.0.1', false], ['https:', 'wall.example', false],
  ])('%s//%s in the window: %s', (protocol, hostname, expected) => {
    expect(isWindow({ protocol, hostname })).toBe(expected)
  })
})
