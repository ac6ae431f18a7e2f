import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { Beat } from './beat'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A page in our window; its frames are painted unless the test says otherwise. */
function page(answer: Answer, handOn: () => Promise<void> = () => Promise.resolve()) {
  const world = { paints: true, hidden: false, shown: false, frames: 0 }
  const server = answers(answer)
  const handed = vi.fn(handOn)
  const beat = new Beat({
    fetch: server.fetch, now: () => Date.now(), hidden: () => world.hidden, shown: () => world.shown, handOn: handed,
    frame: (callback) => {
      world.frames++
      if (world.paints) setTimeout(callback, 16)
    },
  })
  return { world, beat, handed, asked: server.asked, bodies: () => server.asked.map(({ body }) => body as { painted: number; hidden: boolean }), what: () => server.asked.map(({ what }) => what) }
}

const fine: Answer = () => Response.json({ renew: false })

describe('Beat', () => {
  it('tells every 2 s when the page has painted last, and asks for one frame a second', async () => {
    const { beat, what, bodies, world } = page(fine)
    beat.start()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(what()).toEqual(Array<string>(6).fill('POST /window/beat'))
    for (const { painted, hidden } of bodies()) {
      expect(painted).toBeLessThan(1100)
      expect(hidden).toBe(false)
    }
    expect(world.frames).toBeLessThanOrEqual(11)
    expect(world.frames).toBeGreaterThan(8)
  })

  it('says how long nothing has been painted, and waits for one frame only', async () => {
    const { beat, bodies, world } = page(fine)
    world.paints = false
    beat.start()
    await vi.advanceTimersByTimeAsync(12_000)
    expect(bodies().at(-1)?.painted).toBe(12_000)
    expect(world.frames).toBe(1)
  })

  it('says that nobody sees the page', async () => {
    const { beat, bodies, world } = page(fine)
    world.hidden = true
    beat.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(bodies()).toEqual([{ painted: 0, hidden: true, shown: false }])
  })

  it('says at once that there are pictures, and goes on as before', async () => {
    const { beat, bodies, world, asked } = page(fine)
    beat.start()
    await vi.advanceTimersByTimeAsync(400)
    expect(asked).toHaveLength(1)
    world.shown = true
    await vi.advanceTimersByTimeAsync(100)
    expect(bodies().map((body) => (body as { shown?: boolean }).shown)).toEqual([false, true])
    await vi.advanceTimersByTimeAsync(3500)
    expect(asked).toHaveLength(4)
  })

  it.each([404, 405])('stops where nobody listens (%d)', async (status) => {
    const { beat, what } = page(() => problem(status, 'not_found'))
    beat.start()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(what()).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each<[string, Answer]>([
    ['fails', () => Promise.reject(new TypeError('gone'))], ['refuses', () => problem(503, 'ended')], ['says something else', () => new Response('hello')],
    ['hangs', () => new Promise<Response>(() => undefined)],
  ])('goes on when the window %s', async (_, answer) => {
    const { beat, what, asked } = page(answer)
    const stop = beat.start()
    await vi.advanceTimersByTimeAsync(6000)
    expect(what()).toHaveLength(4)
    stop()
    expect(asked.at(-1)?.signal.aborted).toBe(true)
  })

  it('lets go of an answer that hangs', async () => {
    const { beat, asked } = page(() => new Promise<Response>(() => undefined))
    beat.start()
    await vi.advanceTimersByTimeAsync(4000)
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true, false])
  })

  it('hands its pictures on, then makes room', async () => {
    const order: string[] = []
    let renew = false
    const { beat, handed } = page(({ what }) => {
      order.push(what)
      return what === 'POST /window/renew' ? new Response(null, { status: 204 }) : Response.json({ renew })
    }, async () => {
      order.push('begin')
      await new Promise((resolve) => setTimeout(resolve, 300))
      order.push('handed on')
    })
    beat.start()
    await vi.advanceTimersByTimeAsync(1000)
    renew = true
    await vi.advanceTimersByTimeAsync(1400)
    expect(order).toEqual(['POST /window/beat', 'POST /window/beat', 'begin', 'handed on', 'POST /window/renew'])
    expect(handed).toHaveBeenCalledOnce()
  })

  it.each<[string, () => Promise<void>]>([
    ['can not be handed on', () => Promise.reject(new Error('no'))], ['take too long', () => new Promise(() => undefined)],
  ])('makes room within 6 s when its pictures %s', async (_, handOn) => {
    const { beat, what, handed } = page(({ what }) => (what === 'POST /window/beat' ? Response.json({ renew: true }) : new Response(null, { status: 204 })), handOn)
    const stop = beat.start()
    await vi.advanceTimersByTimeAsync(6000)
    expect(what()).toContain('POST /window/renew')
    stop()
    // Not begun again while it was under way.
    expect(handed.mock.calls.length).toBeLessThanOrEqual(4)
  })

  it('ends', async () => {
    const { beat, what } = page(fine)
    const stop = beat.start()
    await vi.advanceTimersByTimeAsync(100)
    stop()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(what()).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
