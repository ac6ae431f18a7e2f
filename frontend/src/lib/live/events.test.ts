// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cameraServer, type CameraServer } from '../../testing/camera-server'
import { EventParser, readEvents, type ServerEvent } from './events'

const whole = ': hello\nretry: 2000\n\nevent: added\ndata: {"id":"a"}\n\nevent: odd\r\ndata: {\r\ndata: "b":1}\r\n\r\ndata: 5\n\nevent: broken\ndata: {\n\n'
const events: ServerEvent[] = [{ type: 'added', data: { id: 'a' } }, { type: 'odd', data: { b: 1 } }, { type: 'message', data: 5 }]

describe('EventParser', () => {
  it('takes events out of one piece', () => {
    expect(new EventParser().push(whole)).toEqual(events)
  })

  it.each([1, 2, 3, 5, 17])('and out of pieces of %d characters', (size) => {
    const parser = new EventParser()
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, place) => whole.slice(place * size, (place + 1) * size))
    expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(events)
  })

  it('gives up on an event or a line without an end', () => {
    const mega = 'x'.repeat(1 << 20)
    const line = new EventParser()
    expect(() => {
      for (let n = 0; n < 10; n++) line.push(mega)
    }).toThrow('without an end')
    const event = new EventParser()
    expect(() => {
      for (let n = 0; n < 10; n++) event.push(`data: ${mega}\n`)
    }).toThrow('without an end')
  })
})

describe('readEvents', () => {
  let server: CameraServer | undefined
  const end = new AbortController()
  afterEach(async () => {
    end.abort()
    await server?.close()
  })

  it('reconnects for ever, tells of each loss, and frees its connection', async () => {
    server = await cameraServer((_, response, place) => {
      if (place === 1) {
        response.writeHead(503).end()
        return
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write(`event: snapshot\ndata: ${place}\n\n`)
      if (place === 0) response.end()
    })
    const { address } = server
    const heard: unknown[] = []
    const links: boolean[] = []
    const reading = readEvents({
      fetch: (path, init) => fetch(path, init), address, random: () => 0,
      onEvent: ({ data }) => heard.push(data), onLink: (up) => links.push(up),
    }, end.signal)
    await vi.waitFor(() => expect(heard).toEqual([0, 2]), { timeout: 5000 })
    expect(links).toEqual([true, false, false, true])
    end.abort()
    await reading
    await vi.waitFor(() => expect(server?.open()).toBe(0))
  })
})
