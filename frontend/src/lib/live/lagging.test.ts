import { describe, expect, it } from 'vitest'
import { Lagging } from './lagging'
import type { Status } from './status'

const lagging: Pick<Status, 'state' | 'format' | 'reduced'> = { state: 'live', format: 'h264', reduced: 'screen' }

describe('Lagging', () => {
  it('needs six seconds of the server saying so', () => {
    const page = new Lagging()
    page.told(lagging, 1000)
    page.told(lagging, 4000)
    expect([6999, 7000].map((now) => page.late(now, 100))).toEqual([false, true])
    page.reset()
    expect(page.late(20_000, 100)).toBe(false)
  })

  it('needs no time where half of the pictures are late', () => {
    const page = new Lagging()
    expect(page.late(0, 2000)).toBe(false)
    page.told(lagging, 0)
    expect([250, 251].map((ms) => page.late(1, ms))).toEqual([false, true])
  })

  it('is not that of a narrow way, of JPEGs, nor of a camera that is away', () => {
    for (const other of [{ reduced: 'link' }, { reduced: '' }, { format: 'jpeg' }, { state: 'silent' }] as const) {
      const page = new Lagging()
      page.told(lagging, 0)
      page.told({ ...lagging, ...other }, 3000)
      expect(page.late(60_000, 2000)).toBe(false)
      page.told(lagging, 61_000)
      expect(page.late(62_000, 100)).toBe(false)
    }
  })
})
