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

const usual: Use = { inUse: false, unattended: true, hidden: false }

function caring(use: Use = usual) {
  const page = { status: 200, text: '<html>', asked: [] as unknown[] }
  const live = new TestLive()
  const server = new ServerState({ api: {} as never, random: () => 0, before: [camera(1)] })
  const walls = new WallsState({ api: { list: () => Promise.resolve({ kind: 'aborted' }) }, before: [] })
  const link = new LinkState(live.client, server)
  const board = new Board()
  const reload = vi.fn()
  const care = new Care({
    live: live.client, link, board, server, walls, random: () => 0, storage: sessionStorage, reload,
    address: () => '/wall/hall',
    fetch: (address, init) => {
      page.asked.push([address, init?.cache])
      return page.status === 0 ? Promise.reject(new TypeError('gone')) : Promise.resolve(new Response(page.text, { status: page.status }))
    },
  })
  const stops = [link.start(), care.start(() => use)]
  live.connect({ kind: 'up', since: 0 })
  const tile = new TileState({ live: live.client, prefer: 'auto' }, { slot: 's', camera: 'cam1', stream: 'auto', fit: 'contain' })
  tile.paintOn(document.createElement('canvas'))
  tile.resize({ width: 64, height: 36 })
  board.put('cam1#0', tile, { kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' })
  return { live, care, reload, tile, page, stop: () => stops.forEach((stop) => stop()) }
}

describe('Care', () => {
  it('begins a page anew that is stuck, with its pictures handed on', async () => {
    const { live, reload } = caring()
    live.of('cam1').say(sight('cam1', { pictureTime: Date.now() }))
    await vi.advanceTimersByTimeAsync(2900)
    expect([live.reconnects, reload.mock.calls.length]).toEqual([0, 0])
    await vi.advanceTimersByTimeAsync(1000)
    expect([live.reconnects, reload.mock.calls.length]).toEqual([1, 0])
    await vi.advanceTimersByTimeAsync(20_000)
    expect(live.reconnects).toBe(1)
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
    expect([live.reconnects, reload.mock.calls.length]).toEqual([0, 0])
  })

  it('lets a page be one of whose tiles moves', async () => {
    const { live, reload } = caring()
    for (let n = 0; n < 60; n++) {
      live.of('cam1').say(sight('cam1', { pictureTime: Date.now() }))
      await vi.advanceTimersByTimeAsync(500)
    }
    expect([live.reconnects, reload.mock.calls.length]).toEqual([0, 0])
  })

  it('begins anew only when the page is there, and tries again later', async () => {
    const { live, reload, page } = caring()
    live.hello('one')
    live.hello('two')
    for (const status of [0, 503]) {
      page.status = status
      await vi.advanceTimersByTimeAsync(11_000)
    }
    expect(reload).not.toHaveBeenCalled()
    expect(page.asked.length).toBeGreaterThan(1)
    expect(page.asked.length).toBeLessThan(5)
    expect(page.asked[0]).toEqual(['/wall/hall', 'no-store'])
    page.status = 200
    await vi.advanceTimersByTimeAsync(11_000)
    expect(reload).toHaveBeenCalledOnce()
  })

  it('takes what a kiosk says without a server for no page', async () => {
    const { live, reload, page } = caring()
    page.text = '<html><script>fetch("/kiosk/state")</script>'
    live.hello('one')
    live.hello('two')
    await vi.advanceTimersByTimeAsync(25_000)
    expect(page.asked.length).toBeGreaterThan(1)
    expect(reload).not.toHaveBeenCalled()
    page.text = '<html>'
    await vi.advanceTimersByTimeAsync(11_000)
    expect(reload).toHaveBeenCalledOnce()
  })

  it('begins anew even when its pictures never come', async () => {
    vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation(() => undefined)
    const { live, care, reload } = caring()
    live.of('cam1').say(sight('cam1', { pictureTime: Date.now() }))
    void care.beginAnew()
    await vi.advanceTimersByTimeAsync(5000)
    expect(reload).toHaveBeenCalledOnce()
  })

  it('begins anew at once for a person, whatever is there', async () => {
    const { live, care, reload, page } = caring()
    live.of('cam1').say(sight('cam1', { pictureTime: Date.now() }))
    page.status = 0
    await care.beginAnew()
    expect([reload.mock.calls.length, page.asked.length]).toEqual([1, 0])
    expect(takeKept(sessionStorage, Date.now())?.pictures).toHaveProperty('cam1')
  })

  it('hands its pictures on without beginning anew', async () => {
    const { live, care, reload } = caring()
    live.of('cam1').say(sight('cam1', { pictureTime: Date.now() }))
    await care.handOn()
    expect(reload).not.toHaveBeenCalled()
    expect(takeKept(sessionStorage, Date.now())).toMatchObject({ cameras: [{ id: 'cam1' }], pictures: { cam1: {} } })
  })

  it('begins anew even when its pictures can not be kept', async () => {
    vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation(() => {
      throw new DOMException('no', 'SecurityError')
    })
    const { live, reload } = caring()
    live.of('cam1').say(sight('cam1', { pictureTime: Date.now() }))
    live.hello('one')
    live.hello('two')
    await vi.advanceTimersByTimeAsync(2000)
    expect(reload).toHaveBeenCalledOnce()
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
