import { afterEach, describe, expect, it, vi } from 'vitest'
import { cameraServer, type CameraServer } from '../../testing/camera-server'
import { hello } from '../../testing/live-server'
import { testWorld } from '../../testing/live-world'
import { BodyCarrier } from './body'
import { SocketCarrier } from './socket'
import type { WebSocketLike } from './world'

const endless = (): AbortSignal => new AbortController().signal

describe('BodyCarrier', () => {
  let server: CameraServer | undefined
  afterEach(() => server?.close())

  async function carrier(answer: Parameters<typeof cameraServer>[0], onMessage = vi.fn()) {
    server = await cameraServer(answer)
    return { body: new BodyCarrier({ fetch: testWorld().world.fetch, address: `${server.address}/stream/live`, onMessage }), onMessage }
  }

  it('says what the server said when it refused', async () => {
    const { body } = await carrier((_, response) => {
      response.writeHead(429, { 'Content-Type': 'application/problem+json', 'Retry-After': '7' })
      response.end(JSON.stringify({ title: 'Too Many Requests', detail: 'There are too many viewers.', code: 'too_many' }))
    })
    expect(await body.run(endless())).toEqual({ message: 'There are too many viewers.', retryAfterMs: 7000 })
  })

  it('ends with the answer, with bytes that are no messages, and with the signal', async () => {
    const { body, onMessage } = await carrier((_, response) => response.end(hello()))
    expect(await body.run(endless())).toEqual({ message: '', retryAfterMs: 0 })
    expect(onMessage).toHaveBeenCalledOnce()
    await server?.close()
    const odd = await carrier((_, response) => response.write(new Uint8Array(4)))
    expect((await odd.body.run(endless())).message).toBe('')
    await server?.close()
    const quiet = await carrier((_, response) => response.writeHead(200).flushHeaders())
    const end = new AbortController()
    const run = quiet.body.run(end.signal)
    await vi.waitFor(() => expect(server?.open()).toBe(1))
    end.abort()
    await run
    await vi.waitFor(() => expect(server?.open()).toBe(0))
    expect((await quiet.body.run(end.signal)).message).toBe('')
  })

  it('sends commands one request after the other, and ends when they are not taken', async () => {
    const bodies: string[] = []
    let open = 0
    let most = 0
    const { body } = await carrier((request, response) => {
      if (request.url === '/stream/live') {
        response.write(hello())
        return
      }
      most = Math.max(most, ++open)
      request.on('data', (piece: Buffer) => bodies.push(`${request.url ?? ''} ${piece.toString()}`))
      request.on('end', () => {
        open--
        response.writeHead(bodies.length < 3 ? 204 : 404).end()
      })
    })
    const run = body.run(endless())
    body.send([{ type: 'pause' }])
    body.named('abc')
    body.send([{ type: 'ping', sent: 1 }])
    body.send([{ type: 'ping', sent: 2 }])
    await vi.waitFor(() => expect(bodies).toHaveLength(1))
    body.send([{ type: 'ping', sent: 3 }])
    await vi.waitFor(() => expect(bodies).toHaveLength(2))
    body.send([{ type: 'resume' }])
    await run
    expect(bodies).toEqual([
      '/stream/live/abc [{"type":"ping","sent":1},{"type":"ping","sent":2}]', '/stream/live/abc {"type":"ping","sent":3}', '/stream/live/abc {"type":"resume"}',
    ])
    expect(most).toBe(1)
    body.send([{ type: 'pause' }])
    expect(bodies).toHaveLength(3)
  })
})

describe('SocketCarrier', () => {
  function socket() {
    const made: WebSocketLike & { bufferedAmount: number } = {
      binaryType: 'blob', bufferedAmount: 0, onopen: null, onmessage: null, onclose: null, onerror: null, send: vi.fn(), close: vi.fn(),
    }
    const onMessage = vi.fn()
    const carrier = new SocketCarrier({ open: () => made, onMessage })
    const emit = (name: 'onopen' | 'onclose' | 'onmessage', event: unknown = {}): void => {
      const listener = made[name] as ((event: unknown) => void) | null
      listener?.(event)
    }
    return { made, carrier, onMessage, emit }
  }

  it('sends once it is open, and ends when nothing goes out any more', async () => {
    const { made, carrier, emit } = socket()
    const run = carrier.run(endless())
    carrier.send([{ type: 'pause' }])
    expect(made.send).not.toHaveBeenCalled()
    emit('onopen')
    carrier.send([{ type: 'pause' }])
    expect(made.send).toHaveBeenCalledExactlyOnceWith('{"type":"pause"}')
    made.bufferedAmount = 2 << 20
    carrier.send([{ type: 'resume' }])
    await run
    expect(made.close).toHaveBeenCalledOnce()
    expect(made.send).toHaveBeenCalledOnce()
  })

  it('passes over text, and ends with what its listener does not understand', async () => {
    const { made, carrier, onMessage, emit } = socket()
    const run = carrier.run(endless())
    emit('onopen')
    emit('onmessage', { data: 'text' })
    expect(onMessage).not.toHaveBeenCalled()
    onMessage.mockImplementation(() => {
      throw new Error('no message')
    })
    emit('onmessage', { data: new ArrayBuffer(3) })
    await run
    expect(made.onmessage).toBeNull()
  })

  it('ends with the connection, with the signal, and where none can be had', async () => {
    const closed = socket()
    const run = closed.carrier.run(endless())
    closed.emit('onclose')
    await run
    const end = new AbortController()
    const aborted = socket()
    const other = aborted.carrier.run(end.signal)
    end.abort()
    await other
    expect(aborted.made.close).toHaveBeenCalledOnce()
    const open = vi.fn(() => {
      throw new DOMException('insecure', 'SecurityError')
    })
    const refused = new SocketCarrier({ open, onMessage: vi.fn() })
    await refused.run(endless())
    await refused.run(end.signal)
    expect(open).toHaveBeenCalledOnce()
  })
})
