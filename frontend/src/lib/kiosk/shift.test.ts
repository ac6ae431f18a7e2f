import { describe, expect, it } from 'vitest'
import { shiftAt } from './shift'

const minute = 60_000
const place = (now: number): number[] => shiftAt(now).split(' ').map((part) => parseFloat(part))

describe('shiftAt', () => {
  it('moves by 2 px every 5 min, and is back after 20', () => {
    const stations = [0, 5, 10, 15, 20].map((at) => place(at * minute))
    for (let at = 1; at < stations.length; at++) {
      const [x = 0, y = 0] = stations[at] ?? []
      const [wasX = 0, wasY = 0] = stations[at - 1] ?? []
      expect(Math.abs(x - wasX) + Math.abs(y - wasY)).toBe(2)
    }
    expect(stations[4]).toEqual(stations[0])
    expect(new Set(stations.map(String)).size).toBe(4)
  })

  it('rests between, also before the clock is set', () => {
    expect(shiftAt(5 * minute - 1)).toBe(shiftAt(0))
    expect(shiftAt(-1)).toMatch(/^\d+px \d+px$/)
  })
})
