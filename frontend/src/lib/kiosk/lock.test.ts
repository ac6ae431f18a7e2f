import { afterEach, describe, expect, it } from 'vitest'
import { isBrowserKey, lockPage } from './lock'

let free: () => void = () => undefined
afterEach(() => free())

/** Whether a browser may still act on it. */
function left(event: Event): boolean {
  return document.body.dispatchEvent(event)
}
const of = (type: string, but: object = {}): Event => Object.assign(new Event(type, { bubbles: true, cancelable: true }), but)

describe('lockPage', () => {
  it.each<[string, object]>([
    ['contextmenu', {}], ['selectstart', {}], ['dragstart', {}], ['dragover', {}], ['drop', {}], ['gesturestart', {}], ['gesturechange', {}],
    ['wheel', { ctrlKey: true }], ['touchmove', { touches: [1, 2] }], ['auxclick', { button: 1 }], ['mouseup', { button: 3 }], ['mousedown', { button: 1 }],
    ['keydown', { key: '+', ctrlKey: true }], ['keydown', { key: 'ArrowLeft', altKey: true }], ['keydown', { key: 'F5' }],
  ])('refuses %s %o', (type, but) => {
    expect(left(of(type, but))).toBe(true)
    free = lockPage(window)
    expect(left(of(type, but))).toBe(false)
    free()
    expect(left(of(type, but))).toBe(true)
  })

  it.each<[string, object]>([
    ['wheel', { ctrlKey: false }], ['touchmove', { touches: [1] }], ['mousedown', { button: 0 }], ['mouseup', { button: 0 }],
    ['keydown', { key: 'ArrowLeft' }], ['keydown', { key: 'Enter' }], ['keydown', { key: 'Tab' }], ['keydown', { key: '5' }], ['click', {}],
  ])('leaves %s %o', (type, but) => {
    free = lockPage(window)
    expect(left(of(type, but))).toBe(true)
  })

  it('hides nothing from the page itself', () => {
    const heard: string[] = []
    const hear = (event: Event): void => void heard.push((event as KeyboardEvent).key)
    addEventListener('keydown', hear)
    free = lockPage(window)
    left(of('keydown', { key: 'ArrowLeft', altKey: true }))
    removeEventListener('keydown', hear)
    expect(heard).toEqual(['ArrowLeft'])
  })

  it('marks the page for its styles', () => {
    free = lockPage(window)
    expect(document.documentElement.classList.contains('locked')).toBe(true)
    free()
    expect(document.documentElement.classList.contains('locked')).toBe(false)
  })
})

describe('isBrowserKey', () => {
  const bare = { ctrlKey: false, altKey: false, metaKey: false }
  it.each(['F1', 'F5', 'F11', 'F12', 'BrowserBack', 'BrowserHome', 'ContextMenu', 'Backspace', 'PrintScreen'])('%s is one', (key) => expect(isBrowserKey({ ...bare, key })).toBe(true))
  it.each(['f', 'F', 'Escape', ' ', 'PageUp', '?', 'Delete'])('%s is none', (key) => expect(isBrowserKey({ ...bare, key })).toBe(false))
  it.each(['0', '-', 'r', 'p', 'w', 'Tab'])('Ctrl+%s is one', (key) => expect(isBrowserKey({ ...bare, key, ctrlKey: true })).toBe(true))
  it.each(['ArrowLeft', 'F4', 'Home'])('Alt+%s is one', (key) => expect(isBrowserKey({ ...bare, key, altKey: true })).toBe(true))
})
