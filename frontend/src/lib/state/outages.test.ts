import { describe, expect, it } from 'vitest'
import { outagesOf, type OutageInput } from './outages'
import type { View } from './view'

const retrying = (since: number, but: Partial<Extract<View, { kind: 'retrying' }>> = {}): View => ({ kind: 'retrying', since, nextTry: since + 10, reason: 'dial_timeout', message: '', ...but })
const of = (camera: string, device: string, view: View): OutageInput => ({ camera, device, view })
const live: View = { kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' }

describe('outagesOf', () => {
  it('says one cause at one device once', () => {
    const tiles = [of('a', 'nvr', retrying(1000)), of('b', 'nvr', retrying(9000)), of('c', 'nvr', retrying(3000)), of('d', 'nvr', live), of('e', 'gate', retrying(1000))]
    expect(outagesOf(tiles)).toEqual([{ device: 'nvr', kind: 'retrying', reason: 'dial_timeout', cameras: ['a', 'b', 'c'], since: 1000, nextTry: 1010 }])
  })

  it('leaves two, and several reasons, to their tiles', () => {
    expect(outagesOf([of('a', 'nvr', retrying(0)), of('b', 'nvr', retrying(0)), of('c', 'nvr', { kind: 'disabled' })])).toEqual([])
    expect(outagesOf([of('a', 'nvr', retrying(0)), of('b', 'nvr', retrying(0, { reason: 'no_video' })), of('c', 'nvr', { kind: 'busy', nextTry: 1, message: '' })])).toEqual([])
  })

  it('counts a camera once that stands in several tiles', () => {
    expect(outagesOf([of('a', 'nvr', retrying(0)), of('a', 'nvr', retrying(0)), of('a', 'nvr', retrying(0))])).toEqual([])
  })

  it('knows refused passwords and busy devices too', () => {
    const refused: View = { kind: 'unauthorized', nextTry: 50, message: '' }
    expect(outagesOf(['a', 'b', 'c'].map((camera) => of(camera, 'nvr', refused)))).toEqual([
      { device: 'nvr', kind: 'unauthorized', reason: '', cameras: ['a', 'b', 'c'], since: null, nextTry: 50 },
    ])
  })

  it('takes cameras of several devices together that went at the same moment', () => {
    const tiles = [of('a', '1', retrying(1000)), of('b', '2', retrying(3000)), of('c', '3', retrying(7000)), of('d', '', retrying(12_000)), of('e', '5', retrying(60_000))]
    expect(outagesOf(tiles)).toMatchObject([{ device: '', cameras: ['a', 'b', 'c', 'd'], since: 1000 }])
    expect(outagesOf(tiles.slice(0, 3))).toEqual([])
  })

  it('tells no camera twice', () => {
    const tiles = [...['a', 'b', 'c'].map((camera) => of(camera, 'nvr', retrying(0))), ...['d', 'e', 'f'].map((camera) => of(camera, camera, retrying(0)))]
    expect(outagesOf(tiles)).toHaveLength(1)
  })
})
