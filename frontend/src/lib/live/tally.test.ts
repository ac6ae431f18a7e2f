import { describe, expect, it } from 'vitest'
import { Tally } from './tally'

describe('Tally', () => {
  it('knows what most values stay under', () => {
    const tally = new Tally(1000)
    expect(tally.quantile(0.5, 0)).toBe(0)
    for (let value = 1; value <= 100; value++) tally.add(value, value)
    expect([tally.quantile(0.5, 100), tally.quantile(0.95, 100)]).toEqual([51, 96])
    expect(tally.quantile(0.5, 1099)).toBe(100)
    expect(tally.quantile(0.5, 2000)).toBe(0)
  })

  it('knows how much came a second', () => {
    const tally = new Tally(1000)
    tally.add(0, 500)
    expect(tally.perSecond(50)).toBe(0)
    tally.add(250, 500)
    expect(tally.perSecond(500)).toBe(2000)
    expect(tally.perSecond(1200)).toBe(526.3157894736842)
  })

  it('does not grow', () => {
    const tally = new Tally(10)
    for (let at = 0; at < 5000; at++) tally.add(at, 1)
    expect(tally.perSecond(5000)).toBe(0)
    expect(tally.quantile(1, 4999)).toBe(1)
  })
})
