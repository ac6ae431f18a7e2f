import { beforeEach, describe, expect, it } from 'vitest'
import { sight, TestLive } from '../../testing/live'
import { wholeView } from '../live/client'
import { Board } from './board.svelte'
import { Cast } from './cast'
import { TileState } from './tile.svelte'

let live: TestLive
let canvas: HTMLCanvasElement
const shows = { slot: 'hall/0.0', camera: 'gate', stream: 'auto', fit: 'contain' } as const
const size = { width: 640, height: 360 }

beforeEach(() => {
  live = new TestLive()
  canvas = document.createElement('canvas')
})

function tileOn(prefer: 'auto' | 'jpeg' = 'auto'): TileState {
  const tile = new TileState({ live: live.client, prefer }, shows)
  tile.paintOn(canvas)
  tile.resize(size)
  return tile
}

describe('TileState', () => {
  it('watches when it has a canvas and a size, in any order', () => {
    const tile = new TileState({ live: live.client, prefer: 'auto' }, shows)
    tile.resize(size)
    expect(live.watches).toEqual([])
    const leave = tile.paintOn(canvas)
    expect(live.of('gate').want).toEqual({ camera: 'gate', stream: 'auto', fit: 'contain', fps: 0, prefer: 'auto', ...size })
    expect([canvas.width, canvas.height]).toEqual([640, 360])
    live.of('gate').say(sight('gate', { reduced: 'link' }))
    expect(tile.sight.reduced).toBe('link')
    leave()
    expect([live.open, tile.canvas]).toEqual([[], null])
  })

  it('follows its size, place, stream and part without a new watch', () => {
    const tile = tileOn()
    tile.resize({ width: 1280, height: 720 })
    tile.show({ ...shows, slot: 'hall/0.1', stream: 'main', fit: 'cover' })
    tile.setView({ x: 0.5, y: 0, width: 0.5, height: 0.5 })
    expect(live.watches).toHaveLength(1)
    expect(live.of('gate')).toMatchObject({ want: { width: 1280, stream: 'main', fit: 'cover' }, view: { x: 0.5 } })
    expect(tile.slot).toBe('hall/0.1')
  })

  it('begins with the part that was set before', () => {
    const tile = new TileState({ live: live.client, prefer: 'auto' }, shows)
    tile.setView({ x: 0, y: 0, width: 0.5, height: 1 })
    tile.paintOn(canvas)
    tile.resize(size)
    expect(live.of('gate').view.width).toBe(0.5)
    tile.setView(wholeView)
    expect(live.of('gate').view).toBe(wholeView)
  })

  it('wants little of what is covered, and nothing of what is out of sight', () => {
    const tile = tileOn()
    tile.attend('low')
    expect(live.of('gate')).toMatchObject({ running: true, want: { fps: 1, prefer: 'jpeg' } })
    expect(tile.attentive).toBe(false)
    tile.attend('none')
    expect(live.of('gate').running).toBe(false)
    tile.attend('full')
    expect(live.of('gate')).toMatchObject({ running: true, want: { fps: 0, prefer: 'auto' } })
  })

  it('asks for JPEG where the address of the page says so', () => {
    tileOn('jpeg')
    expect(live.of('gate').want.prefer).toBe('jpeg')
  })

  it('stays held by a person whatever the page does, until it plays', () => {
    const tile = tileOn()
    tile.stop('paused')
    expect([tile.hold?.kind, live.of('gate').running]).toEqual(['paused', false])
    tile.attend('low')
    tile.attend('full')
    expect(live.of('gate').running).toBe(false)
    tile.stop('stopped')
    expect(tile.hold?.kind).toBe('stopped')
    tile.play()
    expect([tile.hold, live.of('gate').running]).toEqual([null, true])
  })

  it('is heard when it is to be', () => {
    const tile = tileOn()
    tile.sound(true)
    expect([tile.sounding, live.of('gate').sounding]).toEqual([true, true])
    tile.sound(false)
    expect([tile.sounding, live.of('gate').sounding]).toEqual([false, false])
  })

  it.each<[string, (tile: TileState) => void]>([
    ['stopped', (tile) => tile.stop('stopped')], ['paused', (tile) => tile.stop('paused')], ['out of sight', (tile) => tile.attend('none')],
  ])('is not heard any more when it is %s', (_, end) => {
    const tile = tileOn()
    const watch = live.of('gate')
    tile.sound(true)
    end(tile)
    expect([tile.sounding, watch.sounding]).toEqual([false, false])
    tile.play()
    tile.attend('full')
    expect(tile.sounding).toBe(false)
  })

  it('is not heard any more without its canvas', () => {
    const tile = new TileState({ live: live.client, prefer: 'auto' }, shows)
    const leave = tile.paintOn(canvas)
    tile.resize(size)
    tile.sound(true)
    leave()
    expect(tile.sounding).toBe(false)
  })

  it('does not begin what is out of sight from the first', () => {
    const tile = new TileState({ live: live.client, prefer: 'auto' }, shows)
    tile.attend('none')
    tile.paintOn(canvas)
    tile.resize(size)
    expect(live.of('gate').running).toBe(false)
  })
})

describe('Cast', () => {
  it('keeps a camera that stays, and begins anew with one that comes back', () => {
    const cast = new Cast({ live: live.client, prefer: 'auto' })
    const [a] = cast.of(['a'], shows)
    const [a2, b] = cast.of(['a', 'b'], shows)
    expect([a2, b?.camera]).toEqual([a, 'b'])
    expect(cast.of(['b'], shows)).toEqual([b])
    expect(cast.of(['b', 'a'], shows)[1]).not.toBe(a)
    // One camera twice in a row is one picture.
    expect(cast.of(['b', 'b'], shows)).toHaveLength(1)
  })
})

describe('Board', () => {
  it('knows what is on the screen', () => {
    const board = new Board()
    const [one, other] = [tileOn(), tileOn()]
    board.put('gate#0', one, { kind: 'gone' })
    expect(board.of('hall/0.0')).toBe(one)
    expect(board.of('hall/0.1')).toBeNull()
    board.put('gate#0', other, { kind: 'gone' })
    board.take('gate#0', one)
    expect(board.all.map(({ tile }) => tile)).toEqual([other])
    board.take('gate#0', other)
    expect(board.all).toEqual([])
  })
})
