import { describe, expect, it, vi } from 'vitest'
import { stayAwake } from './wake-lock'

function screen() {
  const locks: { released: boolean, release: () => Promise<void> }[] = []
  const request = vi.fn(() => {
    const lock = { released: false, release: () => Promise.resolve(void (lock.released = true)) }
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

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

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
