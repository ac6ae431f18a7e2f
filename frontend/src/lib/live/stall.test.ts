import { describe, expect, it } from 'vitest'
import { Stall } from './stall'

/** What it says while time passes, and when. */
function pass(stall: Stall, from: number, to: number, fps: number | null, stepMs = 250): string[] {
  const said: string[] = []
  for (let now = from; now <= to; now += stepMs) {
    const word = stall.tick(now, fps)
    if (word !== '') said.push(`${word} ${now}`)
  }
  return said
}

describe('Stall', () => {
  it('begins with a restart, goes on with new watches, and waits longer each time', () => {
    const stall = new Stall()
    expect(pass(stall, 0, 100_000, 25)).toEqual(['restart 5000', 'renew 10000', 'renew 20000', 'renew 40000', 'renew 80000'])
    stall.reset()
    expect(pass(stall, 100_250, 106_000, 25)).toEqual(['restart 105000'])
  })

  it('gives slow cameras four pauses, and those of an unknown rate three seconds', () => {
    const slow = new Stall()
    expect(pass(slow, 0, 21_750, 0.2)).toEqual([])
    expect(slow.stalled).toBe(true)
    expect(pass(slow, 22_000, 22_000, 0.2)).toEqual(['restart 22000'])
    const unknown = new Stall()
    pass(unknown, 0, 2750, 0)
    expect(unknown.stalled).toBe(false)
    expect(pass(unknown, 3000, 5000, 0)).toEqual(['restart 5000'])
  })

  it('counts only the time in which pictures should come, and no sleep', () => {
    const stall = new Stall()
    pass(stall, 0, 4000, 25)
    expect(pass(stall, 4250, 60_000, null)).toEqual([])
    expect(pass(stall, 60_250, 61_000, 25)).toEqual(['restart 61000'])
    const slept = new Stall()
    expect(pass(slept, 0, 240_000, 25, 60_000)).toEqual([])
  })
})
