import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { restPointer } from './pointer'

let free: () => void
beforeEach(() => {
  vi.useFakeTimers()
  free = restPointer(window)
})
afterEach(() => {
  free()
  vi.useRealTimers()
})

const still = (): boolean => document.documentElement.classList.contains('still')
const move = (type: string, but: object): void => void document.body.dispatchEvent(Object.assign(new Event(type, { bubbles: true }), { pointerType: 'mouse', movementX: 0, movementY: 0, ...but }))

describe('restPointer', () => {
  it('begins at rest, and rests 3 s after the last move', () => {
    expect(still()).toBe(true)
    move('pointermove', { movementX: 1 })
    expect(still()).toBe(false)
    vi.advanceTimersByTime(2900)
    move('pointermove', { movementY: -1 })
    vi.advanceTimersByTime(2900)
    expect(still()).toBe(false)
    vi.advanceTimersByTime(100)
    expect(still()).toBe(true)
    move('pointerdown', {})
    expect(still()).toBe(false)
  })

  it.each([['a finger', 'pointerdown', { pointerType: 'touch' }], ['a page that changes', 'pointermove', {}]])('is not woken by %s', (_, type, but) => {
    move(type, but)
    expect(still()).toBe(true)
  })

  it('ends', () => {
    move('pointermove', { movementX: 5 })
    free()
    vi.advanceTimersByTime(5000)
    expect([still(), vi.getTimerCount()]).toEqual([false, 0])
  })
})
