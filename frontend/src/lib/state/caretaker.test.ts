import { describe, expect, it } from 'vitest'
import { Caretaker, type Care, type Look } from './caretaker'

const started = new Date(2026, 10, 20, 12, 0).getTime()
const at = (day: number, hour: number, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime()

function caretaker(but: { reloadedAt?: number | null, random?: number } = {}): Caretaker {
  return new Caretaker({ startedAt: started, reloadedAt: but.reloadedAt ?? null, random: () => but.random ?? 0.5 })
}

const look = (now: number, but: Partial<Look> = {}): Look => ({ now, up: true, moving: true, paintedAt: now - 50, inUse: false, unattended: false, hidden: false, ...but })

/** What is done in each second from a time on. */
function watched(care: Caretaker, from: number, seconds: number, but: Partial<Look>): [number, Care][] {
  return Array.from({ length: seconds }, (_, second): [number, Care] => [second, care.look(look(from + second * 1000, but))]).filter(([, done]) => done !== 'nothing')
}

describe('Caretaker', () => {
  it('asks when nothing was painted for 3 s, and begins anew when that does not help', () => {
    expect(watched(caretaker(), started, 22, { paintedAt: null })).toEqual([[3, 'ask'], [20, 'reload'], [21, 'reload']])
    expect(watched(caretaker(), started, 60, { paintedAt: null, up: false })).toEqual([])
    expect(watched(caretaker(), started, 60, { paintedAt: null, moving: false })).toEqual([])
    expect(watched(caretaker(), started, 60, { paintedAt: null, hidden: true })).toEqual([])
  })

  it('counts from when pictures should come, not from the last one before an outage', () => {
    const care = caretaker()
    expect(watched(care, started, 30, { paintedAt: started, moving: false })).toEqual([])
    expect(watched(care, started + 30_000, 3, { paintedAt: started })).toEqual([])
    expect(watched(care, started + 33_000, 1, { paintedAt: started })).toEqual([[0, 'ask']])
  })

  it('does not take the new connection that it asked for as a sign that pictures come', () => {
    const care = caretaker()
    expect(watched(care, started, 4, { paintedAt: null })).toEqual([[3, 'ask']])
    expect(watched(care, started + 4000, 2, { paintedAt: null, up: false })).toEqual([])
    expect(watched(care, started + 6000, 2, { paintedAt: null, moving: false })).toEqual([])
    expect(watched(care, started + 8000, 30, { paintedAt: null })[0]).toEqual([17, 'reload'])
  })

  it('does not count the time while the server is gone, or the machine slept', () => {
    const care = caretaker()
    watched(care, started, 4, { paintedAt: null })
    expect(watched(care, started + 4000, 3600, { paintedAt: null, up: false })).toEqual([])
    expect(watched(care, started + 3_604_000, 10, { paintedAt: null })).toEqual([])
    expect(watched(care, started + 7_204_000, 2, { paintedAt: null })).toEqual([])
  })

  it('goes by new pictures, not by the time of day in them', () => {
    const care = caretaker()
    const done = Array.from({ length: 30 }, (_, second) => care.look(look(started + second * 1000, { paintedAt: started - 3_600_000 + second * 1000 })))
    expect(new Set(done)).toEqual(new Set(['nothing']))
  })

  it('does not try a way anew all the time that stops again and again', () => {
    const care = caretaker()
    const asked = Array.from({ length: 25 }, (_, second) => care.look(look(started + second * 1000, { paintedAt: started + Math.floor(second / 5) * 5000 })) === 'ask' ? second : -1)
    expect(asked.filter((second) => second >= 0)).toEqual([3, 13, 23])
  })

  it('begins anew no more than every 2 minutes, and never under a hand', () => {
    expect(watched(caretaker({ reloadedAt: started - 60_000 }), started, 90, { paintedAt: null })[1]).toEqual([60, 'reload'])
    expect(watched(caretaker(), started, 90, { paintedAt: null, inUse: true })).toEqual([[3, 'ask']])
  })

  it('asks again after it went on in between', () => {
    const care = caretaker()
    watched(care, started, 12, { paintedAt: null })
    expect(care.look(look(started + 13_000))).toBe('nothing')
    expect(watched(care, started + 30_000, 12, { paintedAt: started + 13_000 })[0]?.[1]).toBe('ask')
  })

  it('takes the page that the server has now, when nobody edits', () => {
    const care = caretaker()
    care.hello('one')
    care.hello('one')
    care.hello('')
    expect([care.outdated, care.look(look(started))]).toEqual([false, 'nothing'])
    care.hello('two')
    expect(care.outdated).toBe(true)
    expect(care.look(look(started, { inUse: true }))).toBe('nothing')
    // The connection of the new version may mean nothing to this page.
    expect(care.look(look(started, { up: false }))).toBe('reload')
    expect(care.look(look(started))).toBe('reload')
    // The server went back to the version before.
    care.hello('one')
    expect(care.look(look(started))).toBe('nothing')
  })

  it('begins anew at night on screens that show a wall, each at its own minute', () => {
    const night = { unattended: true }
    expect(caretaker().look(look(at(20, 22), night))).toBe('nothing')
    for (const [random, minute] of [[0, 30], [0.5, 60], [0.99, 89]] as const) {
      expect(caretaker({ random }).look(look(at(21, 3, minute - 1), night))).toBe('nothing')
      expect(caretaker({ random }).look(look(at(21, 3, minute + 1), night))).toBe('reload')
    }
    expect(caretaker().look(look(at(21, 4, 10), {}))).toBe('nothing')
    expect(caretaker().look(look(at(21, 4, 10), { ...night, inUse: true }))).toBe('nothing')
  })

  it('lets a page be that has just begun, and none get older than a day', () => {
    const fresh = new Caretaker({ startedAt: at(21, 4, 5), reloadedAt: at(21, 4, 5), random: () => 0 })
    expect(fresh.look(look(at(21, 4, 10), { unattended: true }))).toBe('nothing')
    expect(caretaker().look(look(started + 24 * 3_600_000, { unattended: true }))).toBe('reload')
  })
})
