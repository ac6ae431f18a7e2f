import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, later, problem, type Answer } from '../../testing/answers'
import { Pad } from './pad.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const yes: Answer = () => new Response(null, { status: 204 })

function opened(answer: Answer = yes) {
  const server = answers(answer)
  const reload = vi.fn()
  const pad = new Pad({ fetch: server.fetch, now: () => Date.now(), reload })
  pad.show()
  const type = (digits: string): void => {
    for (const digit of digits) pad.type(digit)
  }
  return { pad, type, reload, asked: server.asked }
}

describe('Pad', () => {
  it('takes 4 to 12 digits and nothing else', () => {
    const { pad, type } = opened()
    type('2a4 ')
    pad.type('12')
    expect([pad.count, pad.ready]).toEqual([2, false])
    type('68')
    expect(pad.ready).toBe(true)
    type('0123456789')
    expect(pad.count).toBe(12)
    pad.rubOut()
    expect(pad.count).toBe(11)
  })

  it('leaves with the right PIN, and forgets it', async () => {
    const { pad, type, asked, reload } = opened()
    type('2468')
    await pad.send('leave')
    expect(asked.map(({ body }) => body)).toEqual([{ pin: '2468', action: 'leave' }])
    expect([pad.notice.kind, pad.count]).toEqual(['leaving', 0])
    type('1')
    expect(pad.count).toBe(0)
    await vi.advanceTimersByTimeAsync(5000)
    expect(reload).not.toHaveBeenCalled()
  })

  it('loads the page anew where the window does not', async () => {
    const { pad, type, reload } = opened()
    type('2468')
    await pad.send('reload')
    expect([pad.notice.kind, reload.mock.calls.length]).toEqual(['reloading', 0])
    await vi.advanceTimersByTimeAsync(2000)
    expect(reload).toHaveBeenCalledOnce()
  })

  it('sends nothing that is too short, and nothing twice', async () => {
    const { answer, give } = later()
    const { pad, type, asked } = opened(() => answer)
    type('246')
    await pad.send('leave')
    expect(asked).toEqual([])
    type('8')
    const sent = pad.send('leave')
    expect(pad.notice.kind).toBe('checking')
    type('1234')
    await pad.send('leave')
    give(new Response(null, { status: 204 }))
    await sent
    expect(asked).toHaveLength(1)
  })

  it('says how many tries are left, until the next digit', async () => {
    const { pad, type } = opened(() => Response.json({ triesLeft: 3 }, { status: 403 }))
    type('1111')
    await pad.send('leave')
    expect([pad.notice, pad.count, pad.open]).toEqual([{ kind: 'wrong', triesLeft: 3 }, 0, true])
    type('2')
    expect(pad.notice).toEqual({ kind: 'nothing' })
  })

  it('counts a wait down, over closing and opening', async () => {
    const { pad, type, asked } = opened(() => new Response('{}', { status: 429, headers: { 'Retry-After': '40' } }))
    type('1111')
    await pad.send('leave')
    expect(pad.waitMs).toBe(40_000)
    await vi.advanceTimersByTimeAsync(10_000)
    pad.close()
    pad.show()
    type('2468')
    expect([pad.waitMs, pad.ready]).toEqual([30_000, false])
    await pad.send('leave')
    expect(asked).toHaveLength(1)
    for (let n = 0; n < 3; n++) {
      await vi.advanceTimersByTimeAsync(10_000)
      pad.type('x')
    }
    expect([pad.waitMs, pad.ready]).toEqual([0, true])
  })

  it.each<[string, Answer, string]>([['is in trouble', () => problem(500, 'internal'), 'failed'], ['says nothing', () => Promise.reject(new TypeError('gone')), 'failed']])('can be tried again when the kiosk %s', async (_, answer, kind) => {
    const { pad, type } = opened(answer)
    type('2468')
    await pad.send('leave')
    expect(pad.notice.kind).toBe(kind)
    type('2468')
    expect(pad.ready).toBe(true)
  })

  it('knows when there is no PIN', async () => {
    const { pad, type } = opened(() => problem(404, 'not_found'))
    expect(pad.without).toBe(false)
    type('2468')
    await pad.send('leave')
    expect(pad.without).toBe(true)
  })

  it('closes after 30 s without a hand, and keeps nothing', async () => {
    const { pad, type } = opened()
    await vi.advanceTimersByTimeAsync(29_000)
    type('24')
    await vi.advanceTimersByTimeAsync(29_000)
    expect(pad.open).toBe(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect([pad.open, pad.count]).toEqual([false, 0])
    pad.show()
    expect([pad.open, pad.notice.kind]).toEqual([true, 'nothing'])
  })

  it('ends with the page', async () => {
    const { pad, type, reload } = opened()
    type('2468')
    await pad.send('reload')
    pad.end()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([reload.mock.calls.length, vi.getTimerCount(), pad.open]).toEqual([0, 0, false])
  })
})
