import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CornerPress, type CornerEvent } from './corner-press.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function screen() {
  const act = vi.fn()
  return { act, press: new CornerPress({ size: () => ({ width: 1280, height: 720 }), act }) }
}
const at = (clientX: number, clientY: number, but: Partial<CornerEvent> = {}): CornerEvent => ({ pointerId: 1, isPrimary: true, button: 0, clientX, clientY, ...but })

describe('CornerPress', () => {
  it.each([[2, 3], [1278, 3], [0, 719], [1200, 640]])('opens after 3 s in the corner at %d, %d; a ring shows before', (x, y) => {
    const { press, act } = screen()
    press.down(at(x, y))
    vi.advanceTimersByTime(499)
    expect(press.ring).toBeNull()
    vi.advanceTimersByTime(2)
    expect(press.ring).toEqual({ x, y })
    vi.advanceTimersByTime(2490)
    expect(act).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10)
    expect(act).toHaveBeenCalledOnce()
    expect(press.ring).toBeNull()
    vi.advanceTimersByTime(10_000)
    expect(act).toHaveBeenCalledOnce()
  })

  it.each([[640, 360], [640, 0], [0, 360], [100, 20], [1180, 700]])('is nothing at %d, %d', (x, y) => {
    const { press, act } = screen()
    press.down(at(x, y))
    vi.advanceTimersByTime(5000)
    expect([press.ring, act.mock.calls.length]).toEqual([null, 0])
  })

  it('lets a finger tremble, not wander', () => {
    const { press, act } = screen()
    press.down(at(10, 10))
    press.move(at(22, 20))
    vi.advanceTimersByTime(1000)
    expect(press.ring).not.toBeNull()
    press.move(at(32, 10))
    expect(press.ring).toBeNull()
    vi.advanceTimersByTime(5000)
    expect(act).not.toHaveBeenCalled()
  })

  it.each<[string, (press: CornerPress) => void]>([
    ['is let go', (press) => press.up({ pointerId: 1 })],
    ['gets a second finger', (press) => press.down(at(20, 20, { pointerId: 2, isPrimary: false }))],
    ['is ended', (press) => press.end()],
  ])('ends when it %s', (_, end) => {
    const { press, act } = screen()
    press.down(at(10, 10))
    vi.advanceTimersByTime(2000)
    end(press)
    expect(press.ring).toBeNull()
    vi.advanceTimersByTime(5000)
    expect(act).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('takes no other button, and minds no other finger', () => {
    const { press, act } = screen()
    press.down(at(10, 10, { button: 2 }))
    vi.advanceTimersByTime(5000)
    expect(act).not.toHaveBeenCalled()
    press.down(at(10, 10))
    press.move(at(700, 300, { pointerId: 2 }))
    press.up({ pointerId: 2 })
    vi.advanceTimersByTime(3000)
    expect(act).toHaveBeenCalledOnce()
  })
})
