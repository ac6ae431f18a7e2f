import { describe, expect, it } from 'vitest'
import { Announcer, type Heard } from './announcer'
import type { View } from './view'

const live: View = { kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' }
const offline: View = { kind: 'retrying', since: 0, nextTry: null, reason: '', message: '' }
const tile = (view: View, key = 'a'): Heard => ({ key, name: `Camera ${key}`, view })

describe('Announcer', () => {
  it('tells of a camera that goes and comes, once each', () => {
    const announcer = new Announcer()
    expect(announcer.hear([tile(live)], 0)).toEqual([])
    expect(announcer.hear([tile(offline)], 1000)).toEqual([])
    expect(announcer.hear([tile(offline)], 3000)).toEqual([{ name: 'Camera a', view: offline }])
    expect(announcer.hear([tile({ ...offline, nextTry: 9 })], 9000)).toEqual([])
    announcer.hear([tile(live)], 10_000)
    expect(announcer.hear([tile(live)], 12_000)).toEqual([{ name: 'Camera a', view: live }])
  })

  it('does not tell of what is over at once, nor of short waits', () => {
    const announcer = new Announcer()
    const said = [live, offline, live, { kind: 'connecting', since: 0 } as const, { kind: 'gone' } as const, live].flatMap((view, place) => announcer.hear([tile(view)], place * 1500))
    expect(said).toEqual([])
  })

  it('goes on after the server was gone as before', () => {
    const announcer = new Announcer()
    announcer.hear([tile(offline)], 0)
    expect(announcer.hear([tile(offline)], 2000)).toHaveLength(1)
    announcer.hear([tile({ kind: 'gone' })], 3000)
    announcer.hear([tile({ kind: 'gone' })], 9000)
    expect(announcer.hear([tile(offline)], 12_000)).toEqual([])
    expect(announcer.hear([tile(offline)], 15_000)).toEqual([])
  })

  it('tells what a tile begins with when that is worth a word', () => {
    const announcer = new Announcer()
    announcer.hear([tile(offline), tile(live, 'b')], 0)
    expect(announcer.hear([tile(offline), tile(live, 'b')], 2500).map(({ name }) => name)).toEqual(['Camera a'])
    // Another page, and back: it is told again.
    announcer.hear([], 3000)
    announcer.hear([tile(offline)], 4000)
    expect(announcer.hear([tile(offline)], 6000)).toHaveLength(1)
  })
})
