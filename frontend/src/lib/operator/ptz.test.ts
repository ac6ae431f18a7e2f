import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, later, problem, type Answer } from '../../testing/answers'
import { PtzApi } from '../api/ptz'
import { PtzHand, towards } from './ptz-hand'
import { PtzState } from './ptz.svelte'

const right = { pan: 1, tilt: 0, zoom: 0 }
const up = { pan: 0, tilt: 1, zoom: 0 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const done = (): Response => new Response(null, { status: 204 })

function camera(answer: Answer = done) {
  const server = answers(answer)
  const ptz = new PtzState({ api: new PtzApi({ fetch: server.fetch, timeoutMs: 5000 }), camera: 'gate' })
  /** What the camera was told, in short. */
  const told = (): string => server.asked.filter(({ body }) => body !== undefined).map(({ body }) => {
    const [[kind, value] = ['', '']] = Object.entries(body as Record<string, unknown>)
    return typeof value === 'object' ? `${kind} ${Object.values(value as object).join(',')}` : kind === 'preset' ? `preset ${value as string}` : kind
  }).join(' | ')
  return { ptz, told, asked: server.asked }
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

describe('PtzState', () => {
  it('takes a short press for one step', async () => {
    const { ptz, told } = camera()
    ptz.press(right)
    await pass(140)
    ptz.release()
    await pass(5000)
    expect(told()).toBe('relative 0.04,0,0')
  })

  it('turns as long as it is held, tells so again, and stops', async () => {
    const { ptz, told, asked } = camera()
    ptz.press(right)
    await pass(2300)
    expect(told()).toBe('continuous 1,0,0 | continuous 1,0,0 | continuous 1,0,0')
    expect(asked[0]?.body).toMatchObject({ timeoutSeconds: 2.5 })
    expect(ptz.direction).toEqual(right)
    ptz.release()
    await pass(5000)
    expect(told()).toBe('continuous 1,0,0 | continuous 1,0,0 | continuous 1,0,0 | stop')
  })

  it('follows the hand, but not each tremble', async () => {
    const { ptz, told } = camera()
    ptz.steer(right)
    ptz.press(right)
    await pass(160)
    ptz.steer({ ...right, tilt: 0.05 })
    ptz.steer(up)
    await pass(10)
    ptz.release()
    await pass(10)
    expect(told()).toBe('continuous 1,0,0 | continuous 0,1,0 | stop')
  })

  it('has one request on its way, and what is wished meanwhile follows: the newest', async () => {
    const { answer, give } = later()
    let first = true
    const { ptz, told } = camera(() => {
      if (!first) return done()
      first = false
      return answer
    })
    ptz.press(right)
    await pass(200)
    ptz.steer(up)
    ptz.steer({ ...up, tilt: -1 })
    ptz.release()
    await pass(100)
    expect(told()).toBe('continuous 1,0,0')
    give(done())
    await pass(10)
    expect(told()).toBe('continuous 1,0,0 | stop')
  })

  it('stops when the page loses it, whatever is pressed', async () => {
    const { ptz, told } = camera()
    ptz.press(right)
    await pass(200)
    ptz.cancel()
    ptz.release()
    await pass(5000)
    expect(told()).toBe('continuous 1,0,0 | stop')
    ptz.press(right)
    ptz.cancel()
    await pass(5000)
    expect(told()).toBe('continuous 1,0,0 | stop')
  })

  it.each(['leave', 'close'] as const)('sends a stop that outlives the page on %s, and once', async (end) => {
    const { ptz, told, asked } = camera()
    ptz.press(right)
    await pass(200)
    ptz[end]()
    await pass(5000)
    ptz.close()
    expect(told()).toBe('continuous 1,0,0 | stop')
    expect(asked).toHaveLength(2)
  })

  it('sends none when nothing turns', () => {
    const { ptz, asked } = camera()
    ptz.close()
    expect(asked).toEqual([])
  })

  it('says why it can not turn, and does not try on', async () => {
    const { ptz, told } = camera(({ body }) => ('stop' in (body as object) ? done() : problem(424, 'unauthorized')))
    ptz.press(right)
    await pass(5000)
    expect(ptz.problem?.code).toBe('unauthorized')
    expect(told()).toBe('continuous 1,0,0 | stop')
    ptz.release()
    ptz.press(up)
    expect(ptz.problem).toBeNull()
  })

  it('turns a camera for a moment that knows no steps', async () => {
    const { ptz, told } = camera(({ body }) => ('relative' in (body as object) ? problem(424, 'not_supported') : done()))
    for (let n = 0; n < 2; n++) {
      ptz.press(right)
      ptz.release()
      await pass(1000)
    }
    expect(told()).toBe('relative 0.04,0,0 | continuous 1,0,0 | stop | continuous 1,0,0 | stop')
    expect(ptz.problem).toBeNull()
  })

  it('goes on turning when it is held just after a tap', async () => {
    const { ptz, told } = camera(({ body }) => ('relative' in (body as object) ? problem(424, 'not_supported') : done()))
    ptz.press(right)
    ptz.release()
    await pass(10)
    ptz.press(right)
    await pass(600)
    expect(told()).not.toContain('stop')
    expect(ptz.direction).toEqual(right)
    ptz.release()
    await pass(10)
    expect(told()).toMatch(/stop$/)
  })

  it('makes no step of a press in the middle', async () => {
    const { ptz, asked } = camera()
    ptz.press({ pan: 0, tilt: 0, zoom: 0 })
    ptz.release()
    ptz.press({ pan: 0, tilt: 0, zoom: 0 })
    await pass(500)
    ptz.release()
    await pass(500)
    expect(asked).toEqual([])
  })

  it('goes to presets and home', async () => {
    const { ptz, told } = camera(({ what }) => (what.startsWith('GET') ? Response.json({ position: {}, moving: false, presets: [{ token: 'T1', name: 'Gate' }, { token: 'T2', name: '' }] }) : done()))
    const first = ptz.load()
    await pass(0)
    await first
    expect([ptz.loaded, ptz.presets.length]).toEqual([true, 2])
    await ptz.preset(2)
    await ptz.preset(3)
    await ptz.home()
    expect(told()).toBe('preset T2 | home')
  })

  it('says when the camera can not be asked', async () => {
    const { ptz } = camera(() => problem(424, 'dial_timeout'))
    await ptz.load()
    expect([ptz.loaded, ptz.problem?.code]).toEqual([false, 'dial_timeout'])
  })
})

function unasked(): { ptz: PtzState; hand: PtzHand; told: () => string } {
  const { ptz, told } = camera(({ what }) => (what.startsWith('GET') ? Response.json({ presets: Array.from({ length: 10 }, (_, n) => ({ token: `T${n + 1}` })) }) : done()))
  return { ptz, hand: new PtzHand(ptz), told }
}

describe('PtzHand', () => {
  it('adds up the keys that are held', async () => {
    const { hand, told } = unasked()
    expect(hand.down('ArrowRight', false)).toBe(true)
    await pass(160)
    hand.down('ArrowRight', true)
    hand.down('ArrowUp', false)
    await pass(10)
    hand.up('ArrowRight')
    await pass(10)
    hand.up('ArrowUp')
    await pass(10)
    expect(told()).toBe('continuous 0.5,0,0 | continuous 0.5,0.5,0 | continuous 0,0.5,0 | stop')
  })

  it('knows a plus whose shift was let go first', async () => {
    const { hand, told } = unasked()
    hand.down('+', false)
    await pass(200)
    hand.up('=')
    await pass(10)
    expect(told()).toBe('continuous 0,0,0.5 | stop')
  })

  it('calls presets by digit, and home', async () => {
    const { ptz, hand, told } = unasked()
    await ptz.load()
    expect([hand.down('1', false), hand.down('1', true), hand.down('0', false), hand.down('Home', false), hand.down('x', false)]).toEqual([true, true, true, true, false])
    await pass(10)
    expect(told()).toBe('preset T1 | preset T10 | home')
  })

  it('forgets all keys when the keyboard is elsewhere', async () => {
    const { hand, told } = unasked()
    hand.down('ArrowLeft', false)
    await pass(200)
    hand.letGo()
    hand.up('ArrowLeft')
    await pass(3000)
    expect(told()).toBe('continuous -0.5,0,0 | stop')
  })
})

describe('towards', () => {
  it.each([[400, 225, 0, 0], [800, 225, 1, 0], [0, 0, -1, 1], [400, 450, 0, -1], [410, 230, 0, 0], [9000, 225, 1, 0]])('%d,%d turns to %d,%d', (x, y, pan, tilt) => {
    expect(towards(x, y, 800, 450)).toEqual({ pan, tilt, zoom: 0 })
  })

  it('is faster further out', () => {
    expect(towards(600, 225, 800, 450).pan).toBeLessThan(towards(700, 225, 800, 450).pan)
    expect(towards(0, 0, 0, 0)).toEqual({ pan: 0, tilt: 0, zoom: 0 })
  })
})
