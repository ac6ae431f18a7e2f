import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hello, jsonMessage, pictureMessage } from '../../testing/live-server'
import { LiveStage, state } from '../../testing/live-stage'
import { testWorld } from '../../testing/live-world'

let stage: LiveStage

beforeEach(async () => {
  stage = await LiveStage.build()
})
afterEach(async () => {
  await stage.close()
  vi.unstubAllGlobals()
})

describe.each(['socket', 'stream'] as const)('LiveClient by %s', (transport) => {
  it('shows a camera, and acknowledges what came and what is painted', async () => {
    stage.start(transport)
    const tile = stage.watch()
    const { tile: id, ...asked } = await stage.told('watch')
    expect(asked).toEqual({ type: 'watch', camera: 'gate', stream: 'auto', width: 640, height: 360, fit: 'contain', fps: 0, formats: ['jpeg'] })
    const { viewer } = stage
    viewer.send(state(id))
    viewer.send(pictureMessage({ tile: Number(id), seq: 1, arrived: 1000 }))
    await vi.waitFor(() => expect(stage.commands('ack').at(-1)?.['tiles']).toEqual([[id, 1, 0]]))
    expect(tile.watch.sight).toMatchObject({ phase: 'told', live: false, pictureTime: null })
    stage.test.paint()
    await vi.waitFor(() => expect(stage.commands('ack').at(-1)?.['tiles']).toEqual([[id, 1, 1]]))
    expect(tile.watch.sight).toMatchObject({ phase: 'told', live: true, status: { state: 'live', stream: 'sub' }, figures: { size: '640x360', format: 'jpeg', decoder: 'ImageBitmap', why: 'unsupported' } })
    expect(Math.abs((tile.watch.sight.pictureTime ?? 0) - Date.now())).toBeLessThan(2000)
    tile.watch.close()
    expect(await stage.told('unwatch')).toMatchObject({ tile: id })
    expect(stage.test.bitmaps.open).toBe(0)
  })

  it('comes back by itself, with all that was wanted', async () => {
    stage.start(transport)
    const tile = stage.watch()
    stage.client.setBudget(2e6)
    const first = await stage.told('watch')
    const { viewer } = stage
    viewer.send(state(first['tile']))
    viewer.send(pictureMessage({ tile: Number(first['tile']), seq: 7 }))
    await stage.painted(() => {
      expect(tile.watch.sight.live).toBe(true)
    })
    viewer.end()
    await vi.waitFor(() => expect(tile.watch.sight).toMatchObject({ phase: 'lost', live: false }))
    expect(stage.client.link.kind).toBe('down')
    await vi.waitFor(() => expect(stage.server.viewers).toHaveLength(2))
    const second = await stage.told('watch')
    expect(second).toEqual({ ...first, tile: Number(first['tile']) + 1 })
    expect(stage.commands('budget')).toEqual([{ type: 'budget', bits: 2e6 }])
    expect(tile.watch.sight).toMatchObject({ phase: 'waiting', live: false, status: { state: 'live' } })
    expect(stage.client.link.kind).toBe('up')
  })
})

describe('LiveClient', () => {
  it('says so when there is no room, and takes the place of another', async () => {
    stage.onViewer = (viewer) => viewer.send(hello({ tiles: 1 }))
    stage.start()
    const first = stage.watch()
    const second = stage.watch({ camera: 'yard' })
    await stage.told('watch')
    expect(second.watch.sight).toMatchObject({ phase: 'refused', refusal: { status: 429, code: 'too_many' } })
    first.watch.close()
    expect(await stage.told('watch', 2)).toMatchObject({ camera: 'yard' })
    expect(second.watch.sight.phase).toBe('waiting')
  })

  it('turns the sound of one tile on, of another off, and on again after a reconnection', async () => {
    stage.start()
    const [one, other] = [stage.watch(), stage.watch({ camera: 'yard' })]
    await stage.told('watch', 2)
    one.watch.sound(true)
    other.watch.sound(false)
    other.watch.sound(true)
    other.watch.sound(false)
    one.watch.sound(true)
    await stage.told('sound', 4)
    expect(stage.commands('sound').map(({ tile }) => tile)).toEqual([1, 2, 0, 1])
    stage.server.viewers[0]?.end()
    await vi.waitFor(() => expect(stage.commands('sound', stage.server.viewers[1])).toEqual([{ type: 'sound', tile: 3 }]))
    one.watch.close()
    await vi.waitFor(() => expect(stage.commands('sound', stage.server.viewers[1]).at(-1)).toEqual({ type: 'sound', tile: 0 }))
  })

  it('listens to the server about when to come again, and to a person who cannot wait', async () => {
    stage.onViewer = (viewer) => {
      viewer.send(hello())
      viewer.send(jsonMessage({ type: 'bye', code: 'stopping', message: 'The server is stopping.', retryAfter: 60_000 }))
    }
    stage.start()
    await vi.waitFor(() => expect(stage.client.link).toMatchObject({ kind: 'down', message: 'The server is stopping.' }))
    const link = stage.client.link
    expect(link.kind === 'down' && (link.nextTry ?? 0) - Date.now()).toBeGreaterThan(50_000)
    stage.onViewer = (viewer) => viewer.send(hello())
    stage.client.askNow()
    await vi.waitFor(() => expect(stage.client.link.kind).toBe('up'))
    expect(stage.server.viewers).toHaveLength(2)
  })

  it('tells of its link and of each hello, as long as somebody listens', async () => {
    stage.server.open = false
    stage.start()
    const links: string[] = []
    const pages: string[] = []
    const silent = stage.client.onLink((link) => links.push(link.kind))
    stage.client.onHello(({ page }) => pages.push(page))
    const tile = stage.watch()
    expect(stage.client.link).toEqual({ kind: 'connecting' })
    await vi.waitFor(() => expect(stage.client.link.kind).toBe('down'))
    expect(tile.watch.sight.phase).toBe('lost')
    expect(stage.watch().watch.sight.phase).toBe('lost')
    const since = stage.client.link.kind === 'down' ? stage.client.link.since : 0
    stage.server.open = true
    await vi.waitFor(() => expect(stage.client.link.kind).toBe('up'))
    expect(links.slice(0, 2)).toEqual(['down', 'down'])
    expect(links.at(-1)).toBe('up')
    expect(pages).toEqual(['p1'])
    silent()
    const told = links.length
    stage.server.viewers[0]?.end()
    await vi.waitFor(() => expect(stage.client.link.kind).toBe('down'))
    expect(stage.client.link.kind === 'down' && stage.client.link.since).toBeGreaterThan(since)
    expect(links).toHaveLength(told)
  })

  it('lets go of everything when it ends', async () => {
    const { watch: tile, viewer } = await stage.live()
    stage.end.abort()
    await stage.running
    await vi.waitFor(() => expect(viewer.ended()).toBe(true))
    expect(tile.sight).toMatchObject({ phase: 'lost', live: false })
    tile.close()
    expect(stage.test.bitmaps.open).toBe(0)
  })

  it('is never up with a server of another version, but tells of it, and keeps since when it is down', async () => {
    stage.onViewer = (viewer) => viewer.send(hello({ version: 2, page: 'p2' }))
    stage.start()
    const kinds = new Set<string>()
    const since = new Set<number>()
    const pages: string[] = []
    stage.client.onLink((link) => {
      kinds.add(link.kind)
      if (link.kind === 'down') since.add(link.since)
    })
    stage.client.onHello(({ page }) => pages.push(page))
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(pages).toHaveLength(count))
      await vi.waitFor(() => expect(stage.client.link).toMatchObject({ kind: 'down', message: expect.stringContaining('version 2') as string }))
      if (count < 3) stage.client.askNow()
    }
    expect([[...kinds], since.size]).toEqual([['down'], 1])
  })

  it('ends its connection and connects at once when told so', async () => {
    const { watch: tile } = await stage.live()
    const waits: (number | null)[] = []
    stage.client.onLink((link) => {
      if (link.kind === 'down') waits.push(link.nextTry)
    })
    stage.client.reconnect()
    stage.client.reconnect()
    await vi.waitFor(() => expect(stage.server.viewers).toHaveLength(2))
    await vi.waitFor(() => expect(stage.client.link.kind).toBe('up'))
    expect(stage.server.viewers[0]?.ended()).toBe(true)
    expect(waits.filter((at) => at !== null)).toEqual([])
    expect(tile.sight.phase).toBe('waiting')
    await stage.told('watch')
    // Nothing should move yet: that is no reason to end this one.
    stage.client.askNow()
    await stage.told('ping')
    expect(stage.server.viewers).toHaveLength(2)
  })

  it('begins like new when it runs again', async () => {
    await stage.live()
    stage.end.abort()
    await stage.running
    expect(stage.client.link).toEqual({ kind: 'connecting' })
  })

  it('waits longer and longer for a server that says nothing', async () => {
    let skew = 0
    stage.test = testWorld({ now: () => performance.now() + skew, random: () => 0.5 })
    stage.onViewer = (viewer) => {
      skew += 6000
      viewer.end()
    }
    stage.start()
    const waits: number[] = []
    stage.client.onLink((link) => {
      if (link.kind === 'down' && link.nextTry !== null) waits.push(link.nextTry - Date.now())
    })
    await vi.waitFor(() => expect(waits).toHaveLength(3), { timeout: 4000 })
    expect(waits[2]).toBeGreaterThan(700)
  })
})
