import { describe, expect, it } from 'vitest'
import { Rotation, type Turning } from './rotation.svelte'

const turning = (but: Partial<Turning> = {}): Turning => ({ count: 3, dwellMs: 10_000, held: false, ...but })

describe('Rotation', () => {
  it('shows each for its time, prepares the next one, and goes round', () => {
    const rotation = new Rotation()
    const seen: [number, number | null][] = []
    for (let now = 0; now <= 30_000; now += 500) {
      rotation.tick(now, turning())
      if (now % 2500 === 0) seen.push([rotation.index, rotation.preparing])
    }
    expect(seen).toEqual([[0, null], [0, null], [0, null], [0, 1], [1, null], [1, null], [1, null], [1, 2], [2, null], [2, null], [2, null], [2, 0], [0, null]])
  })

  it('stands still where nothing turns', () => {
    for (const still of [turning({ held: true }), turning({ count: 1 }), turning({ dwellMs: 0 })]) {
      const rotation = new Rotation()
      for (let now = 0; now < 60_000; now += 1000) rotation.tick(now, still)
      expect([rotation.index, rotation.preparing]).toEqual([0, null])
    }
  })

  it('goes on with the time that was left after it was held, and gives its whole time to what a person has chosen', () => {
    const rotation = new Rotation()
    const pass = (from: number, to: number, held = false): void => {
      for (let now = from; now <= to; now += 500) rotation.tick(now, turning({ held }))
    }
    pass(0, 6000)
    pass(6500, 20_000, true)
    expect([rotation.index, rotation.preparing]).toEqual([0, null])
    // Four seconds were left.
    pass(20_500, 24_000)
    expect([rotation.index, rotation.preparing]).toEqual([0, 1])
    pass(24_500, 24_500)
    expect(rotation.index).toBe(1)
    rotation.go(2)
    pass(25_000, 34_000)
    expect([rotation.index, rotation.preparing]).toEqual([2, 0])
    pass(34_500, 34_500)
    expect(rotation.index).toBe(0)
  })

  it('prepares the next one anew after it was held, however little time was left', () => {
    const rotation = new Rotation()
    for (let now = 0; now <= 9500; now += 500) rotation.tick(now, turning())
    expect([rotation.index, rotation.preparing]).toEqual([0, 1])
    rotation.tick(10_000, turning({ held: true }))
    expect(rotation.preparing).toBeNull()
    const seen: [number, number | null][] = []
    for (let now = 20_000; now <= 23_000; now += 1000) {
      rotation.tick(now, turning())
      seen.push([rotation.index, rotation.preparing])
    }
    expect(seen).toEqual([[0, 1], [0, 1], [0, 1], [1, null]])
  })

  it('does not count the time of a page that was not there', () => {
    const rotation = new Rotation()
    for (let now = 0; now <= 8000; now += 500) rotation.tick(now, turning())
    rotation.tick(60_000, turning({ held: true }))
    rotation.tick(61_000, turning())
    expect(rotation.index).toBe(0)
    rotation.tick(62_000, turning())
    rotation.tick(63_000, turning())
    expect(rotation.index).toBe(0)
    rotation.tick(64_000, turning())
    expect(rotation.index).toBe(1)
  })

  it('takes the last one when the list has become shorter', () => {
    const rotation = new Rotation()
    rotation.go(5)
    rotation.tick(0, turning({ count: 2, dwellMs: 0 }))
    expect(rotation.index).toBe(1)
  })
})
