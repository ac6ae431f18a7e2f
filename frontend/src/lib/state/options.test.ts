import { describe, expect, it } from 'vitest'
import { optionsFrom } from './options'

describe('optionsFrom', () => {
  it('reads what the address says', () => {
    expect(optionsFrom('?panels=16&budget=2&lang=zh-TW&distance=4&format=jpeg')).toEqual({
      panels: 16, budget: 2_000_000, language: 'zh-Hant', overlay: 2, prefer: 'jpeg',
    })
  })

  it.each(['', '?panels=5&budget=-1&lang=&distance=3&format=h264', '?budget=much&distance=constructor'])('takes the usual for %o', (query) => {
    expect(optionsFrom(query)).toEqual({ panels: null, budget: 0, language: null, overlay: 1, prefer: 'auto' })
  })

  it.each([['0.000001', 10_000], ['0.01', 10_000], ['0.5', 500_000], ['1000000', 1e12], ['1e300', 1e12], ['0', 0]])('takes a budget of %s Mbit/s for %d bit/s', (budget, bits) => {
    expect(optionsFrom(`?budget=${budget}`).budget).toBe(bits)
  })

  it.each([['desk', 1], ['2', 1.4], ['4', 2], ['8', 3]])('makes text larger at a distance of %s', (distance, overlay) => {
    expect(optionsFrom(`?distance=${distance}`).overlay).toBe(overlay)
  })
})
