import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stayAwake } from './wake-lock'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

class Lock extends EventTarget {
  released = false

  release(): Promise<void> {
    this.released = true
    this.dispatchEvent(new Event('release'))
    return Promise.resolve()
  }
}

function screen() {
  const locks: Lock[] = []
  const request = vi.fn(() => {
    const lock = new Lock()
    locks.push(lock)
    return Promise.resolve(lock as unknown as WakeLockSentinel)
  })
  const target = new EventTarget()
  const page = { visibilityState: 'visible' as DocumentVisibilityState, addEventListener: target.addEventListener.bind(target), removeEventListener: target.removeEventListener.bind(target) }
  const look = async (state: DocumentVisibilityState): Promise<void> => {
    page.visibilityState = state
    target.dispatchEvent(new Event('visibilitychange'))
    await settle()
  }
  return { locks, request, look, world: { wakeLock: { request }, document: page as unknown as Document } }
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const settle = (): Promise<unknown> => pass(0)

describe('stayAwake', () => {
  it('asks anew each time the page is seen again', async () => {
    const { locks, request, look, world } = screen()
    const stop = stayAwake(world)
    await settle()
    await look('visible')
    expect(request).toHaveBeenCalledTimes(1)
    const [first] = locks
    if (first !== undefined) first.released = true
    await look('hidden')
    expect(request).toHaveBeenCalledTimes(1)
    await look('visible')
    expect(request).toHaveBeenCalledTimes(2)
    stop()
    await settle()
    expect(locks[1]?.released).toBe(true)
    await look('visible')
    expect(request).toHaveBeenCalledTimes(2)
  })

  it('asks anew when the browser takes the lock back, but not of one that gives none', async () => {
    const { locks, request, world } = screen()
    const stop = stayAwake(world)
    await pass(5000)
    await locks[0]?.release()
    await settle()
    expect(request).toHaveBeenCalledTimes(2)
    await locks[1]?.release()
    await pass(1000)
    expect(request).toHaveBeenCalledTimes(2)
    await pass(60_000)
    expect(request).toHaveBeenCalledTimes(3)
    stop()
    await settle()
    expect([request.mock.calls.length, vi.getTimerCount()]).toEqual([3, 0])
  })

  it('looks again each minute after a refusal, and asks once at a time', async () => {
    const { request, look, world } = screen()
    request.mockRejectedValueOnce(new DOMException('low battery', 'NotAllowedError'))
    const stop = stayAwake(world)
    await pass(60_000)
    expect(request).toHaveBeenCalledTimes(2)
    await pass(600_000)
    expect(request).toHaveBeenCalledTimes(2)
    stop()
    const slow = screen()
    slow.request.mockReturnValue(new Promise(() => undefined))
    stayAwake(slow.world)()
    stayAwake(slow.world)
    await slow.look('visible')
    await look('visible')
    expect(slow.request).toHaveBeenCalledTimes(2)
  })

  it('gives back a lock that comes too late', async () => {
    const { locks, world } = screen()
    stayAwake(world)()
    await settle()
    expect(locks[0]?.released).toBe(true)
  })

  it('does without where there is none, or it is refused', async () => {
    expect(() => stayAwake({ ...screen().world, wakeLock: undefined })()).not.toThrow()
    const { request, look, world } = screen()
    request.mockRejectedValueOnce(new DOMException('low battery', 'NotAllowedError'))
    stayAwake(world)
    await settle()
    await look('visible')
    expect(request).toHaveBeenCalledTimes(2)
  })
})
