import { describe, expect, it } from 'vitest'
import { Caretaker, type Care, type Look } from './caretaker'

const started = new Date(2026, 10, 20, 12, 0).getTime()
const at = (day: number, hour: number, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime()

function caretaker(but: { reloadedAt?: number | null, random?: number } = {}): Caretaker {
  return new Caretaker({ startedAt: started, reloadedAt: but.reloadedAt ?? null, random: () => but.random ?? 0.5 })
}

const look = (now: number, but: Partial<Look> = {}): Look => ({ now, up: true, moving: true, paintedAt: now - 50, inUse: false, kiosk: false, hidden: false, ...but })

/** What is done in each second from a time on. */
function watched(care: Caretaker, from: number, seconds: number, but: Partial<Look>): [number, Care][] {
  return Array.from({ length: seconds }, (_, second): [number, Care] => [second, care.look(look(from + second * 1000, but))]).filter(([, done]) => done !== 'nothing')
}

describe('Caretaker', () => {
  it('asks when nothing was painted for 10 s, and begins anew when that does not help', () => {
    expect(watched(caretaker(), started, 22, { paintedAt: null })).toEqual([[10, 'ask'], [20, 'reload'], [21, 'reload']])
    expect(watched(caretaker(), started, 60, { paintedAt: null, up: false })).toEqual([])
    expect(watched(caretaker(), started, 60, { paintedAt: null, moving: false })).toEqual([])
    expect(watched(caretaker(), started, 60, { paintedAt: null, hidden: true })).toEqual([])
  })

  it('counts from when pictures should come, not from the last one before an outage', () => {
    const care = caretaker()
    expect(watched(care, started, 30, { paintedAt: started, moving: false })).toEqual([])
    expect(watched(care, started + 30_000, 10, { paintedAt: started })).toEqual([])
  })

  it('begins anew no more than every 2 minutes, and never under a hand', () => {
    expect(watched(caretaker({ reloadedAt: started - 60_000 }), started, 90, { paintedAt: null })[1]).toEqual([60, 'reload'])
    expect(watched(caretaker(), started, 90, { paintedAt: null, inUse: true })).toEqual([[10, 'ask']])
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
    expect(care.look(look(started, { up: false }))).toBe('nothing')
    expect(care.look(look(started))).toBe('reload')
    // The server went back to the version before.
    care.hello('one')
    expect(care.look(look(started))).toBe('nothing')
  })

  it('begins anew at night on screens that show a wall, each at its own minute', () => {
    const night = { kiosk: true }
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
    expect(fresh.look(look(at(21, 4, 10), { kiosk: true }))).toBe('nothing')
    expect(caretaker().look(look(started + 24 * 3_600_000, { kiosk: true }))).toBe('reload')
  })
})
