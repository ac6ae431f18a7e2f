import { describe, expect, it } from 'vitest'
import { boxIn, compose, mostZoom, panBy, spotIn, whole, zoomAt } from './zoom'
import { ZoomState } from './zoom.svelte'

const middle = { x: 0.5, y: 0.5 }

describe('zoomAt', () => {
  it('keeps what is under the pointer where it is', () => {
    const at = { x: 0.2, y: 0.9 }
    const near = zoomAt(zoomAt(whole, 2, at), 1.7, at)
    expect(near.x + at.x * near.width).toBeCloseTo(0.2)
    expect(near.y + at.y * near.height).toBeCloseTo(0.9)
  })

  it('ends at eight times, and at the whole picture', () => {
    expect(zoomAt(whole, 100, middle).width).toBe(1 / mostZoom)
    expect(zoomAt({ x: 0.4, y: 0, width: 0.5, height: 0.5 }, 0.3, middle)).toBe(whole)
  })

  it('never leaves the picture', () => {
    const corner = zoomAt(whole, 4, { x: 1, y: 1 })
    expect(corner).toEqual({ x: 0.75, y: 0.75, width: 0.25, height: 0.25 })
    expect(panBy(corner, 3, 3)).toEqual(corner)
    expect(panBy(corner, -99, -1)).toMatchObject({ x: 0, y: 0.5 })
    // Further from a corner: the other side moves.
    expect(zoomAt(corner, 0.5, { x: 0, y: 0 })).toEqual({ x: 0.5, y: 0.5, width: 0.5, height: 0.5 })
  })
})

describe('a view', () => {
  it('lies within the crop of its tile', () => {
    expect(compose(null, whole)).toBe(whole)
    expect(compose({ x: 0.5, y: 0, width: 0.5, height: 0.5 }, { x: 0.5, y: 0.5, width: 0.5, height: 0.5 })).toEqual({ x: 0.75, y: 0.25, width: 0.25, height: 0.25 })
  })
})

describe('boxIn', () => {
  it.each([
    ['contain', { x: 100, y: 0, width: 600, height: 450 }],
    ['cover', { x: 0, y: -75, width: 800, height: 600 }],
    ['fill', { x: 0, y: 0, width: 800, height: 450 }],
  ] as const)('%s', (fit, box) => {
    expect(boxIn({ width: 800, height: 450 }, { width: 4, height: 3 }, fit)).toEqual(box)
  })

  it('takes the tile while the shape is not known', () => {
    expect(boxIn({ width: 8, height: 4 }, { width: 0, height: 0 }, 'contain')).toEqual({ x: 0, y: 0, width: 8, height: 4 })
  })

  it('tells where in the picture a point lies', () => {
    expect(spotIn({ x: 100, y: 0, width: 600, height: 450 }, 400, 225)).toEqual(middle)
    expect(spotIn({ x: 100, y: 0, width: 600, height: 450 }, 0, 900)).toEqual({ x: 0, y: 1 })
  })
})

describe('ZoomState', () => {
  function zoom(): ZoomState {
    const state = new ZoomState()
    state.place({ x: 0, y: 0, width: 400, height: 200 })
    return state
  }

  it('turns with the wheel, whatever it counts in', () => {
    const state = zoom()
    state.wheel(-100, 'pixels', 200, 100)
    expect(state.times).toBeCloseTo(1.25)
    state.wheel(-3, 'lines', 200, 100)
    expect(state.times).toBeCloseTo(1.5625)
    state.wheel(10_000, 'pixels', 200, 100)
    expect(state.zoomed).toBe(false)
  })

  it('is moved by a drag only when it is nearer', () => {
    const state = zoom()
    state.down({ id: 1, x: 0, y: 0 })
    state.move({ id: 1, x: 100, y: 0 })
    expect(state.view).toBe(whole)
    state.up({ id: 1, x: 100, y: 0 }, 0)
    state.step(true)
    const { x, width } = state.view
    state.down({ id: 1, x: 0, y: 0 })
    state.move({ id: 1, x: 40, y: 0 })
    expect(state.view.x).toBeCloseTo(x - 0.1 * width)
  })

  it('follows two fingers: apart is nearer, together along is a drag', () => {
    const state = zoom()
    state.down({ id: 1, x: 150, y: 100 })
    state.down({ id: 2, x: 250, y: 100 })
    state.move({ id: 1, x: 100, y: 100 })
    state.move({ id: 2, x: 300, y: 100 })
    expect(state.times).toBeCloseTo(2)
    // What was in the middle of the fingers is there still.
    expect(state.view.x + state.view.width / 2).toBeCloseTo(0.5, 1)
    const before = state.view.x
    for (const x of [10, 20, 30]) {
      state.move({ id: 1, x: 100 + x, y: 100 })
      state.move({ id: 2, x: 300 + x, y: 100 })
    }
    expect(state.view.x).toBeLessThan(before)
    expect(state.times).toBeCloseTo(2, 1)
  })

  it('takes a third finger for nothing, and a lost one for lifted', () => {
    const state = zoom()
    for (const id of [1, 2, 3]) state.down({ id, x: id * 100, y: 0 })
    state.move({ id: 3, x: 0, y: 0 })
    expect(state.zoomed).toBe(false)
    for (const id of [1, 2, 3]) state.lost(id)
    state.step(true)
    const { view } = state
    state.move({ id: 1, x: 999, y: 0 })
    expect(state.view).toBe(view)
  })

  it('goes back by a double tap', () => {
    const state = zoom()
    state.step(true)
    const tap = (at: number, x = 50): boolean => {
      state.down({ id: 1, x, y: 50 })
      return state.up({ id: 1, x, y: 50 }, at)
    }
    expect(tap(0)).toBe(false)
    expect(tap(1000)).toBe(false)
    expect(tap(1200, 200)).toBe(false)
    expect(tap(1300, 200)).toBe(true)
    expect(state.view).toBe(whole)
    // Nothing to take back: the tap is the tile's.
    tap(2000)
    expect(tap(2100)).toBe(false)
  })

  it('takes no drag and no pinch for a tap', () => {
    const state = zoom()
    state.step(true)
    for (const at of [0, 100]) {
      state.down({ id: 1, x: 0, y: 0 })
      state.move({ id: 1, x: 50, y: 0 })
      expect(state.up({ id: 1, x: 50, y: 0 }, at)).toBe(false)
    }
    expect(state.zoomed).toBe(true)
  })

  it('pans by keys, and starts anew with another picture', () => {
    const state = zoom()
    for (let n = 0; n < 9; n++) state.step(true)
    expect(state.times).toBeCloseTo(mostZoom)
    const before = state.view.x
    state.pan(1, -1)
    expect(state.view.x).toBeCloseTo(before + state.view.width / 4)
    expect(state.reset()).toBe(true)
    expect(state.reset()).toBe(false)
    state.look('gate')
    state.step(true)
    state.look('gate')
    expect(state.zoomed).toBe(true)
    state.look('yard')
    expect(state.view).toBe(whole)
  })
})
