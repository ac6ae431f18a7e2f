import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { camera } from '../../testing/cameras'
import { sight, status, TestLive } from '../../testing/live'
import { Board } from './board.svelte'
import { Care, type Use } from './care.svelte'
import { takeKept } from './keepsake'
import { LinkState } from './link.svelte'
import { ServerState } from './server.svelte'
import { TileState } from './tile.svelte'
import { WallsState } from './walls.svelte'

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ drawImage: vi.fn() } as never)
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => done({ arrayBuffer: () => Promise.resolve(new Uint8Array(9).buffer) } as Blob))
})
afterEach(() => {
  vi.useRealTimers()
  sessionStorage.clear()
})

const usual: Use = { inUse: false, kiosk: true, hidden: false }

function caring(use: Use = usual) {
  const live = new TestLive()
  const server = new ServerState({ api: {} as never, random: () => 0, before: [camera(1)] })
  const walls = new WallsState({ api: { list: () => Promise.resolve({ kind: 'aborted' }) }, before: [] })
  const link = new LinkState(live.client, server)
  const board = new Board()
  const reload = vi.fn()
  const care = new Care({ live: live.client, link, board, server, walls, random: () => 0, storage: sessionStorage, reload })
  const stops = [link.start(), care.start(() => use)]
  live.connect({ kind: 'up', since: 0 })
  const tile = new TileState({ live: live.client, prefer: 'auto' }, { slot: 's', camera: 'cam1', stream: 'auto', fit: 'contain' })
  tile.paintOn(document.createElement('canvas'))
  tile.resize({ width: 64, height: 36 })
  board.put('cam1#0', tile, { kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' })
  return { live, care, reload, tile, stop: () => stops.forEach((stop) => stop()) }
}

describe('Care', () => {
  it('begins a page anew that is stuck, with its pictures handed on', async () => {
    const { live, reload } = caring()
    live.of('cam1').say(sight('cam1', { pictureTime: Date.now() }))
    await vi.advanceTimersByTimeAsync(9000)
    expect([live.asked, reload.mock.calls.length]).toEqual([0, 0])
    await vi.advanceTimersByTimeAsync(15_000)
    expect(live.asked).toBe(1)
    expect(reload).toHaveBeenCalledOnce()
    expect(takeKept(sessionStorage, Date.now())).toMatchObject({ cameras: [{ id: 'cam1' }], walls: [], pictures: { cam1: { data: btoa('\0'.repeat(9)) } } })
    expect(Number(sessionStorage.getItem('camwall.reloaded'))).toBeGreaterThan(0)
  })

  it('waits for cameras that are away, slow or stopped by a person', async () => {
    const { live, reload, tile } = caring()
    live.of('cam1').say(sight('cam1', { status: status('cam1', { state: 'retrying' }) }))
    await vi.advanceTimersByTimeAsync(30_000)
    live.of('cam1').say(sight('cam1', { status: status('cam1', { fps: 0.05 }) }))
    await vi.advanceTimersByTimeAsync(30_000)
    live.of('cam1').say(sight('cam1'))
    tile.stop('paused')
    await vi.advanceTimersByTimeAsync(30_000)
    expect([live.asked, reload.mock.calls.length]).toEqual([0, 0])
  })

  it('takes another version of the page, which reads its lists itself', async () => {
    const { live, reload } = caring()
    live.hello('one')
    await vi.advanceTimersByTimeAsync(2000)
    expect(reload).not.toHaveBeenCalled()
    live.hello('two')
    await vi.advanceTimersByTimeAsync(1000)
    expect(reload).toHaveBeenCalledOnce()
    expect(takeKept(sessionStorage, Date.now())).toMatchObject({ cameras: null, walls: null })
  })

  it('does not begin anew again at once', async () => {
    sessionStorage.setItem('camwall.reloaded', String(Date.now()))
    const { live, reload } = caring()
    live.hello('one')
    live.hello('two')
    await vi.advanceTimersByTimeAsync(110_000)
    expect(reload).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(reload).toHaveBeenCalledOnce()
  })

  it('ends with the page', async () => {
    const { live, reload, stop } = caring()
    stop()
    live.hello('one')
    live.hello('two')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reload).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
