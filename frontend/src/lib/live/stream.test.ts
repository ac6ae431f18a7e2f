// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cameraServer, jpeg, part, until, type CameraServer } from '../../testing/camera-server'
import type { Fetch } from '../api/fetch'
import type { SourceEvent } from './source'
import { StreamSource } from './stream'

let server: CameraServer
let stop: () => Promise<void>

afterEach(async () => {
  vi.useRealTimers()
  await stop()
  await server.close()
})

/** Reads the server's stream and keeps what is told. */
function read(options: { fetch?: Fetch, path?: string } = {}): SourceEvent[] {
  const events: SourceEvent[] = []
  const end = new AbortController()
  const source = new StreamSource({
    address: server.address + (options.path ?? '/live/cam1'),
    fetch: options.fetch ?? fetch, now: () => performance.now(), random: () => 0.5, fps: 25, onEvent: (event) => events.push(event),
  })
  const ended = source.run(end.signal)
  stop = async () => {
    end.abort()
    await ended
  }
  return events
}

const kinds = (events: readonly SourceEvent[]): string[] => events.map((event) => event.kind)

describe('StreamSource', () => {
  it('tells each picture with its bytes and its headers', async () => {
    server = await cameraServer((_, response) => {
      response.write(part({ State: 'live', Seq: 7, Age: 12 }))
      response.write(part({ State: 'silent', Reason: 'silence', Seq: 8 }))
    })
    const events = read()
    await vi.waitFor(() => expect(kinds(events)).toEqual(['picture', 'picture']))
    const [first, second] = events
    if (first?.kind !== 'picture' || second?.kind !== 'picture') throw new Error('no pictures')
    expect(Buffer.from(await first.jpeg.arrayBuffer()).equals(jpeg)).toBe(true)
    expect(first.jpeg.type).toBe('image/jpeg')
    expect(first.info).toMatchObject({ state: 'live', seq: 7, ageMs: 12 })
    expect(second.info).toMatchObject({ state: 'silent', reason: 'silence', seq: 8 })
  })

  it.each([
    ['ends', (end: () => void) => end()],
    ['breaks', (_: () => void, destroy: () => void) => destroy()],
  ])('reconnects when the connection %s', async (_, finish) => {
    server = await cameraServer((_request, response, place) => {
      response.write(part({ Seq: place }), () => {
        if (place < 2) finish(() => response.end(), () => response.destroy())
      })
    })
    const events = read()
    await vi.waitFor(() => expect(kinds(events)).toEqual(['picture', 'lost', 'picture', 'lost', 'picture']), 5000)
    expect(server.open()).toBe(1)
  })

  it('gives up on bytes that are no parts and reconnects', async () => {
    server = await cameraServer((_, response, place) => response.write(place === 0 ? '<html>hello</html>\r\n\r\n\r\n' : part()))
    const events = read()
    await vi.waitFor(() => expect(kinds(events)).toEqual(['lost', 'picture']), 5000)
    await vi.waitFor(() => expect(server.open()).toBe(1))
  })

  it('tells why it was refused and tries again no sooner than asked', async () => {
    server = await cameraServer((_, response) => {
      response.writeHead(429, { 'Content-Type': 'application/problem+json', 'Retry-After': '60' })
      response.end(JSON.stringify({ title: 'too many', detail: '64 viewers are enough', code: 'too_many', status: 429, hint: 'Close one.' }))
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const events = read()
    await until(() => expect(kinds(events)).toEqual(['refused']))
    expect(events[0]).toMatchObject({ problem: { status: 429, code: 'too_many', detail: '64 viewers are enough', hint: 'Close one.', retryAfterMs: 60_000 } })
    await vi.advanceTimersByTimeAsync(59_000)
    expect(server.requests()).toBe(1)
    await vi.advanceTimersByTimeAsync(1000)
    await until(() => expect(server.requests()).toBe(2))
  })

  it('leaves a connection on which nothing comes for 3 s', async () => {
    server = await cameraServer((_, response) => response.write(part({ Seq: 1 })))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const events = read()
    await until(() => expect(kinds(events)).toEqual(['picture']))
    await vi.advanceTimersByTimeAsync(2999)
    expect(kinds(events)).toEqual(['picture'])
    await vi.advanceTimersByTimeAsync(1)
    expect(kinds(events)).toEqual(['picture', 'lost'])
    await vi.advanceTimersByTimeAsync(500)
    await until(() => expect(kinds(events)).toEqual(['picture', 'lost', 'picture']))
    await until(() => expect(server.open()).toBe(1))
  })

  it('does not rely on errors: a reader that hangs for ever, deaf to its signal, is left too', async () => {
    server = await cameraServer((_, response) => response.end())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const hanging = vi.fn(() => new Promise<Response>(() => undefined))
    const events = read({ fetch: hanging })
    await vi.advanceTimersByTimeAsync(5000)
    expect(kinds(events)).toEqual(['lost'])
    await vi.advanceTimersByTimeAsync(250)
    expect(hanging).toHaveBeenCalledTimes(2)
  })

  it('ends at once, closes its connection and tells nothing more', async () => {
    server = await cameraServer((_, response) => response.write(part()))
    const events = read()
    await vi.waitFor(() => expect(events).toHaveLength(1))
    await stop()
    await vi.waitFor(() => expect(server.open()).toBe(0))
    expect(kinds(events)).toEqual(['picture'])
  })
})
