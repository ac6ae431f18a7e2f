import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { unlock, type Unlocked } from './unlock'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('unlock', () => {
  it('sends the PIN and what is to happen', async () => {
    const server = answers(() => new Response(null, { status: 204 }))
    expect(await unlock(server.fetch, '2468', 'leave')).toEqual({ kind: 'ok' })
    expect(server.asked).toMatchObject([{ what: 'POST /kiosk/unlock', body: { pin: '2468', action: 'leave' }, headers: { 'Content-Type': 'application/json' } }])
  })

  it.each<[string, Answer, Unlocked]>([
    ['a wrong one', () => Response.json({ triesLeft: 3 }, { status: 403 }), { kind: 'wrong', triesLeft: 3 }],
    ['a wrong one, without a count', () => problem(403, 'forbidden'), { kind: 'wrong', triesLeft: null }],
    ['a wrong one, without words', () => new Response('', { status: 403 }), { kind: 'wrong', triesLeft: null }],
    ['too many', () => new Response('{}', { status: 429, headers: { 'Retry-After': '60' } }), { kind: 'wait', ms: 60_000 }],
    ['too many, for who knows how long', () => new Response('{}', { status: 429 }), { kind: 'wait', ms: 30_000 }],
    ['too many, until a date', () => new Response('{}', { status: 429, headers: { 'Retry-After': 'Sat, 21 Nov 2026 15:00:00 GMT' } }), { kind: 'wait', ms: 30_000 }],
    ['none', () => problem(404, 'not_found'), { kind: 'none' }],
    ['trouble', () => problem(500, 'internal'), { kind: 'failed' }],
    ['silence', () => Promise.reject(new TypeError('gone')), { kind: 'failed' }],
  ])('understands %s', async (_, answer, unlocked) => {
    expect(await unlock(answers(answer).fetch, '1111', 'reload')).toEqual(unlocked)
  })

  it('waits no longer than 8 s', async () => {
    const answer = unlock(answers(() => new Promise<Response>(() => undefined)).fetch, '1111', 'leave')
    await vi.advanceTimersByTimeAsync(8000)
    expect(await answer).toEqual({ kind: 'failed' })
    expect(vi.getTimerCount()).toBe(0)
  })
})
