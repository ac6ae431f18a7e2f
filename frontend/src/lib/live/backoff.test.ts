import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Backoff, pause } from './backoff'
import { Rate } from './rate'
import { Watchdog } from './watchdog'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('Backoff', () => {
  it('doubles up to its limit and starts anew after a success', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 500, random: () => 0.5 })
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 500, 500])
    backoff.reset()
    expect(backoff.next()).toBe(100)
  })

  it('spreads its pauses by a quarter each way', () => {
    expect(new Backoff({ firstMs: 100, maxMs: 100, random: () => 0 }).next()).toBe(75)
    expect(new Backoff({ firstMs: 100, maxMs: 100, random: () => 1 }).next()).toBe(125)
  })
})

describe('pause', () => {
  it('ends after its time, and leaves nothing behind', async () => {
    const signal = new AbortController().signal
    const removed = vi.spyOn(signal, 'removeEventListener')
    const paused = pause(1000, signal)
    await vi.advanceTimersByTimeAsync(999)
    expect(removed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await paused
    expect(removed).toHaveBeenCalledOnce()
  })

  it('ends at once when aborted, before or meanwhile', async () => {
    const end = new AbortController()
    const paused = pause(60_000, end.signal)
    end.abort()
    await paused
    await pause(60_000, end.signal)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('Watchdog', () => {
  it('barks once nobody feeds it', async () => {
    const barked = vi.fn()
    const dog = new Watchdog(1000)
    void dog.barked.then(barked)
    await vi.advanceTimersByTimeAsync(900)
    dog.feed(1000)
    await vi.advanceTimersByTimeAsync(999)
    expect(barked).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(barked).toHaveBeenCalledOnce()
  })

  it('is silent once stopped', async () => {
    const barked = vi.fn()
    const dog = new Watchdog(1000)
    void dog.barked.then(barked)
    dog.stop()
    await vi.advanceTimersByTimeAsync(5000)
    expect(barked).not.toHaveBeenCalled()
  })
})

describe('Rate', () => {
  it('counts what is in its window', () => {
    const rate = new Rate(1000)
    expect(rate.perSecond(0)).toBe(0)
    for (let at = 0; at <= 2000; at += 100) rate.count(at)
    expect(rate.perSecond(2000)).toBeCloseTo(10)
    expect(rate.perSecond(3001)).toBe(0)
  })
})
