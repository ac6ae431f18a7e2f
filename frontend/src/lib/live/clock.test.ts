import { describe, expect, it } from 'vitest'
import { ServerClock } from './clock'

describe('ServerClock', () => {
  it('begins with what the server said first', () => {
    const clock = new ServerClock({ now: 1_700_000_000_000, clock: 500 }, 10)
    expect(clock.known).toBe(true)
    expect(clock.local(500)).toBe(10)
    expect(clock.localOfDate(1_700_000_001_000)).toBe(1010)
    expect(clock.dateOfLocal(1010)).toBe(1_700_000_001_000)
    expect(clock.roundTripMs).toBe(0)
  })

  it('believes the ping that came back fastest', () => {
    const clock = new ServerClock({ now: 0, clock: 0 }, 0)
    clock.pong(0, 100, 1090)
    expect(clock.local(1090)).toBe(50)
    clock.pong(200, 204, 1202)
    expect([clock.local(1202), clock.roundTripMs]).toEqual([202, 4])
    clock.pong(300, 400, 1399)
    expect(clock.local(1202)).toBe(202)
  })

  it('forgets old ones, since clocks drift', () => {
    const clock = new ServerClock({ now: 0, clock: 0 }, 0)
    clock.pong(0, 2, 1001)
    for (let n = 0; n < 30; n++) clock.pong(1000 * n, 1000 * n + 10, 1000 * n + 1025)
    expect([clock.roundTripMs, clock.local(1025)]).toEqual([10, 5])
  })

  it('takes no answer from the future, and has no date without one', () => {
    const clock = new ServerClock(null, 0)
    expect([clock.known, clock.localOfDate(5), clock.dateOfLocal(5)]).toEqual([false, null, null])
    clock.pong(100, 50, 1)
    clock.pong(NaN, 50, 1)
    expect(clock.known).toBe(false)
  })
})
