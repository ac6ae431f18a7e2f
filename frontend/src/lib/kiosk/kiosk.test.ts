import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { kioskAnswer } from '../../testing/kiosk'
import { Kiosk } from './kiosk.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function asking(answer: Answer, sure = false) {
  const server = answers(answer)
  const world = { gone: false }
  const onReady = vi.fn()
  const kiosk = new Kiosk({ fetch: server.fetch, now: () => Date.now(), gone: () => world.gone, onReady, sure })
  const end = new AbortController()
  const running = kiosk.run(end.signal)
  return { kiosk, end, running, world, onReady, count: () => server.asked.length, what: () => server.asked.map(({ what }) => what) }
}

describe('Kiosk', () => {
  it('asks every 5 s, and locks the page', async () => {
    const { kiosk, what, end, running } = asking(() => Response.json(kioskAnswer()))
    expect(kiosk.locked).toBe(false)
    await vi.advanceTimersByTimeAsync(0)
    expect([kiosk.locked, kiosk.state?.host]).toEqual([true, 'terminal-7'])
    await vi.advanceTimersByTimeAsync(15_000)
    expect(what()).toEqual(Array<string>(4).fill('GET /kiosk/state'))
    end.abort()
    await running
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each<[string, Answer]>([
    ['no such page', () => problem(404, 'not_found')], ['another page', () => new Response('<html>')], ['other JSON', () => Response.json({ id: 'cam1' })],
  ])('asks no more where there is %s', async (_, answer) => {
    const { kiosk, count, running } = asking(answer)
    await running
    await vi.advanceTimersByTimeAsync(60_000)
    expect([kiosk.locked, count()]).toEqual([false, 1])
    expect(kiosk.clockSet).toBe(true)
  })

  it('asks on in our window, whatever answers first', async () => {
    let so: Answer = () => problem(404, 'not_found')
    const { kiosk, count } = asking((asked) => so(asked), true)
    await vi.advanceTimersByTimeAsync(1500)
    so = () => new Response('<html>')
    await vi.advanceTimersByTimeAsync(2000)
    expect([kiosk.locked, count()]).toEqual([false, 4])
    so = () => Response.json(kioskAnswer())
    await vi.advanceTimersByTimeAsync(1000)
    expect(kiosk.locked).toBe(true)
  })

  it.each<[string, Answer]>([
    ['nothing', () => Promise.reject(new TypeError('gone'))], ['an error', () => problem(503, 'starting')],
  ])('asks on while there comes %s', async (_, answer) => {
    let so = answer
    const { kiosk, count } = asking((asked) => so(asked))
    await vi.advanceTimersByTimeAsync(3500)
    expect([kiosk.locked, count()]).toEqual([false, 4])
    so = () => Response.json(kioskAnswer())
    await vi.advanceTimersByTimeAsync(1000)
    expect(kiosk.locked).toBe(true)
  })

  it('stays locked whatever is answered later, and gives up what hangs', async () => {
    let so: Answer = () => Response.json(kioskAnswer())
    const { kiosk, count } = asking((asked) => so(asked))
    await vi.advanceTimersByTimeAsync(0)
    so = () => problem(404, 'not_found')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(kiosk.locked).toBe(true)
    const before = count()
    so = () => new Promise<Response>(() => undefined)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(kiosk.locked).toBe(true)
    expect(count() - before).toBeGreaterThan(2)
  })

  it('asks every second while the server is away, and says when it is back', async () => {
    let ready = false
    const { kiosk, count, onReady, world } = asking(() => Response.json(kioskAnswer({ ready, since: 60_000 })))
    await vi.advanceTimersByTimeAsync(3000)
    expect([count(), kiosk.state?.ready]).toEqual([4, false])
    ready = true
    expect(onReady).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1000)
    expect(onReady).toHaveBeenCalledOnce()
    // The page itself has no pictures yet.
    world.gone = true
    await vi.advanceTimersByTimeAsync(5000)
    const hurried = count()
    await vi.advanceTimersByTimeAsync(3000)
    expect(count() - hurried).toBe(3)
    expect(onReady).toHaveBeenCalledOnce()
  })

  it('asks at once when it is told to', async () => {
    const { kiosk, count } = asking(() => Response.json(kioskAnswer()))
    await vi.advanceTimersByTimeAsync(100)
    expect(count()).toBe(1)
    kiosk.askNow()
    await vi.advanceTimersByTimeAsync(0)
    expect(count()).toBe(2)
  })

  it('counts how long it lasts by a clock that nobody sets', async () => {
    const { kiosk } = asking(() => Response.json(kioskAnswer({ ready: true, since: 60_000, clockSet: false })))
    expect(kiosk.lastedMs).toBe(0)
    await vi.advanceTimersByTimeAsync(2000)
    expect([kiosk.lastedMs, kiosk.clockSet]).toEqual([62_000, false])
  })
})
