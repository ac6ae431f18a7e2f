// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cameraServer, jpeg, type CameraServer } from '../../testing/camera-server'
import type { SourceEvent } from './source'
import { StillsSource, TurnTable } from './stills'

let server: CameraServer
const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
  await server.close()
})

function read(turns: TurnTable, path: string): SourceEvent[] {
  const events: SourceEvent[] = []
  const end = new AbortController()
  const source = new StillsSource({
    address: server.address + path, turns, fetch, now: () => performance.now(), random: () => 0.5, onEvent: (event) => events.push(event),
  })
  const ended = source.run(end.signal)
  stops.push(async () => {
    end.abort()
    await ended
  })
  return events
}

describe('StillsSource', () => {
  it('serves nine cameras over four connections, all of them in turn', async () => {
    let most = 0
    server = await cameraServer((_, response) => {
      most = Math.max(most, server.open())
      setImmediate(() => response.writeHead(200, { 'X-Camwall-Seq': '5' }).end(jpeg))
    })
    const turns = new TurnTable(4)
    const all = Array.from({ length: 9 }, (_, n) => read(turns, `/live/cam${n}.jpg`))
    await vi.waitFor(() => {
      for (const events of all) expect(events.length).toBeGreaterThanOrEqual(2)
    }, 5000)
    expect(most).toBeLessThanOrEqual(4)
    expect(all[0]?.[0]).toMatchObject({ kind: 'picture', info: { state: 'live', seq: 5 } })
  })

  it('keeps connections free for cameras that have pictures', async () => {
    // Dead cameras answer the first time and then hold their connections.
    const seen = new Set<string | undefined>()
    server = await cameraServer((request, response) => {
      if (request.url?.includes('good')) return response.end(jpeg)
      if (!seen.has(request.url)) response.writeHead(503, { 'Retry-After': '0' }).end('{}')
      return seen.add(request.url)
    })
    const turns = new TurnTable(4)
    const dead = Array.from({ length: 6 }, (_, n) => read(turns, `/dead${n}.jpg`))
    await vi.waitFor(() => {
      for (const events of dead) expect(events).toMatchObject([{ kind: 'refused', problem: { status: 503, retryAfterMs: 0 } }])
    })
    await vi.waitFor(() => expect(server.open()).toBe(2))
    const good = read(turns, '/good.jpg')
    await vi.waitFor(() => expect(good.length).toBeGreaterThanOrEqual(2), 5000)
  })

  it('tells of a server that is not there', async () => {
    server = await cameraServer((_, response) => response.destroy())
    const events = read(new TurnTable(1), '/live/cam1.jpg')
    await vi.waitFor(() => expect(events).toEqual([{ kind: 'lost' }]))
  })

  it('ends while it waits for its turn', async () => {
    server = await cameraServer(() => undefined)
    const turns = new TurnTable(1)
    read(turns, '/first.jpg')
    await vi.waitFor(() => expect(server.requests()).toBe(1))
    const waiting = read(turns, '/second.jpg')
    await Promise.all(stops.splice(0).map((stop) => stop()))
    expect(server.requests()).toBe(1)
    expect(waiting).toEqual([])
  })
})
