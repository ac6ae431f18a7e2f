import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hands, touchAction, type HandsConfig } from './hands'
import { ZoomState } from './zoom.svelte'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.useRealTimers()
  document.body.innerHTML = ''
})

function tile(but: Partial<HandsConfig> = {}) {
  document.body.innerHTML = '<div id="tile"><button></button></div>'
  const element = document.getElementById('tile') as HTMLElement
  element.getBoundingClientRect = () => new DOMRect(100, 50, 800, 450)
  const zoom = new ZoomState()
  const menus: [number, number][] = []
  const enlarged: Event[] = []
  element.parentElement?.addEventListener('dblclick', (event) => enlarged.push(event))
  const leave = hands({ zoom, picture: () => ({ width: 16, height: 9 }), fit: () => 'contain', scrolls: () => false, onmenu: (x, y) => menus.push([x, y]), ...but })(element) as () => void
  return { element, zoom, menus, enlarged, leave }
}

/** jsdom has no pointer events of its own. */
function pointer(on: Element, name: string, x: number, y: number, but: { id?: number; type?: string; button?: number } = {}): void {
  const event = new MouseEvent(name, { bubbles: true, cancelable: true, clientX: x, clientY: y, button: but.button ?? 0 })
  Object.defineProperties(event, { pointerId: { value: but.id ?? 1 }, pointerType: { value: but.type ?? 'touch' } })
  on.dispatchEvent(event)
}

function wheel(on: Element, deltaY: number, but: WheelEventInit = {}): boolean {
  return !on.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, deltaY, clientX: 500, clientY: 275, ...but }))
}

describe('hands', () => {
  it('zooms by the wheel at the pointer', () => {
    const { element, zoom } = tile()
    expect(wheel(element, -100, { clientX: 100, clientY: 50 })).toBe(true)
    expect(zoom.view).toMatchObject({ x: 0, y: 0 })
    expect(zoom.times).toBeCloseTo(1.25)
    wheel(element, 3, { deltaMode: 1 })
    expect(zoom.zoomed).toBe(false)
  })

  it('leaves the wheel to a column that scrolls, but for a pinch of a touch pad', () => {
    const { element, zoom } = tile({ scrolls: () => true })
    expect(wheel(element, -100)).toBe(false)
    expect(wheel(element, -100, { ctrlKey: true })).toBe(true)
    expect(zoom.zoomed).toBe(true)
  })

  it.each([[true, false, 'pan-y'], [true, true, 'none'], [false, false, 'none']])('lets the browser scroll a column, and nothing else: %s, %s', (scrolls, zoomed, action) => {
    expect(touchAction(scrolls, zoomed)).toBe(action)
  })

  it('pinches and drags', () => {
    const { element, zoom } = tile()
    pointer(element, 'pointerdown', 400, 275, { id: 1 })
    pointer(element, 'pointerdown', 600, 275, { id: 2 })
    pointer(element, 'pointermove', 300, 275, { id: 1 })
    pointer(element, 'pointermove', 700, 275, { id: 2 })
    expect(zoom.times).toBeCloseTo(2)
    for (const id of [1, 2]) pointer(element, 'pointerup', 0, 0, { id })
    const { x } = zoom.view
    pointer(element, 'pointerdown', 500, 275, { type: 'mouse' })
    pointer(element, 'pointermove', 420, 275, { type: 'mouse' })
    expect(zoom.view.x).toBeCloseTo(x + 0.05)
    pointer(element, 'pointercancel', 420, 275, { type: 'mouse' })
    pointer(element, 'pointermove', 0, 275, { type: 'mouse' })
    expect(zoom.view.x).toBeCloseTo(x + 0.05)
  })

  it('takes the zoom back by two taps, which do not enlarge the tile', () => {
    const { element, zoom, enlarged } = tile()
    const tapTwice = (type: string): void => {
      for (let n = 0; n < 2; n++) {
        pointer(element, 'pointerdown', 500, 275, { type })
        pointer(element, 'pointerup', 500, 275, { type })
      }
      element.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))
    }
    zoom.step(true)
    tapTwice('touch')
    expect([zoom.zoomed, enlarged.length]).toEqual([false, 0])
  })

  it('enlarges by a double click of a mouse, and by two taps on a whole picture', () => {
    const { element, zoom, enlarged } = tile()
    zoom.step(true)
    for (let n = 0; n < 2; n++) {
      pointer(element, 'pointerdown', 500, 275, { type: 'mouse' })
      pointer(element, 'pointerup', 500, 275, { type: 'mouse' })
    }
    element.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))
    expect([zoom.zoomed, enlarged.length]).toEqual([true, 1])
  })

  it('opens the menu by a right click and by a finger that rests', () => {
    const { element, menus } = tile()
    const click = new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: 7, clientY: 8 })
    element.dispatchEvent(click)
    expect(click.defaultPrevented).toBe(true)
    pointer(element, 'pointerdown', 200, 100)
    pointer(element, 'pointermove', 204, 100)
    vi.advanceTimersByTime(600)
    expect(menus).toEqual([[7, 8], [200, 100]])
  })

  it('opens none for a finger that moves, lifts, or is not alone, nor for a mouse', () => {
    const { element, menus } = tile()
    pointer(element, 'pointerdown', 200, 100)
    pointer(element, 'pointermove', 230, 100)
    vi.advanceTimersByTime(600)
    pointer(element, 'pointerup', 230, 100)
    pointer(element, 'pointerdown', 200, 100)
    pointer(element, 'pointerup', 200, 100)
    vi.advanceTimersByTime(600)
    pointer(element, 'pointerdown', 200, 100, { id: 1 })
    pointer(element, 'pointerdown', 300, 100, { id: 2 })
    vi.advanceTimersByTime(600)
    pointer(element, 'pointerdown', 200, 100, { type: 'mouse' })
    vi.advanceTimersByTime(600)
    expect(menus).toEqual([])
  })

  it('leaves alone what lies over the picture', () => {
    const { element, zoom, menus } = tile()
    const button = element.querySelector('button') as HTMLElement
    expect(wheel(button, -100)).toBe(false)
    pointer(button, 'pointerdown', 200, 100)
    vi.advanceTimersByTime(600)
    button.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }))
    expect([zoom.zoomed, menus]).toEqual([false, []])
  })

  it('lets go of a tile that is gone', () => {
    const { element, zoom, menus, leave } = tile()
    pointer(element, 'pointerdown', 200, 100)
    leave()
    vi.advanceTimersByTime(600)
    wheel(element, -100)
    expect([zoom.zoomed, menus]).toEqual([false, []])
  })
})
