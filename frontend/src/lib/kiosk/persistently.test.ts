import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { persistently } from './persistently'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('persistently', () => {
  it('tries until it has it, and asks for a new page when that takes long', async () => {
    let tries = 0
    const anew = vi.fn()
    const got = persistently(() => (++tries < 5 ? Promise.reject(new Error('away')) : Promise.resolve('part')), anew, new AbortController().signal)
    await vi.advanceTimersByTimeAsync(2000)
    expect([tries, anew.mock.calls.length]).toEqual([2, 0])
    await vi.advanceTimersByTimeAsync(6000)
    expect([await got, tries, anew.mock.calls.length]).toEqual(['part', 5, 2])
  })

  it('ends when it is told to', async () => {
    const end = new AbortController()
    const load = vi.fn(() => Promise.reject(new Error('away')))
    const got = persistently(load, () => undefined, end.signal)
    await vi.advanceTimersByTimeAsync(2000)
    end.abort()
    expect(await got).toBeNull()
    expect([load.mock.calls.length, vi.getTimerCount()]).toEqual([2, 0])
  })
})
