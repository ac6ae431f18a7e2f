// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cameraServer, type CameraServer } from '../../testing/camera-server'
import { ApiClient } from './client'

let server: CameraServer | undefined
afterEach(() => server?.close())

/** Asks a server that gives this answer. */
async function ask(status: number, body: string, headers: Record<string, string> = {}) {
  server = await cameraServer((_, response) => response.writeHead(status, headers).end(body))
  return client(server).cameras(new AbortController().signal)
}

function client({ address }: CameraServer, timeoutMs = 5000): ApiClient {
  return new ApiClient({ fetch: (path, init) => fetch(address + path, init), timeoutMs })
}

const full = {
  id: 'cam1', name: 'Main gate', number: 1, text: 'Gate B', state: 'retrying', reason: 'refused', message: 'Connection refused',
  since: '2026-11-21T14:02:00Z', nextTry: '2026-11-21T14:02:02.5+08:00', marks: { unchanged: true, behindMs: 2400 },
  streams: [{ name: 'main', codec: 'H264', width: 1920, height: 1080, fps: 25, url: 'rtsp://192.0.2.1/stream1' }],
  hint: 'Look at its cable.', device: 'gate', provisioned: true, revision: 3, disabled: true, ptz: true, rotation: 90, transport: 'udp', user: 'admin', hasPassword: true,
}

describe('ApiClient.cameras', () => {
  it('decodes every field', async () => {
    const result = await ask(200, JSON.stringify({ cameras: [full] }))
    expect(result).toEqual({
      kind: 'ok',
      value: [{ ...full, since: Date.UTC(2026, 10, 21, 14, 2), nextTry: Date.UTC(2026, 10, 21, 6, 2, 2, 500) }],
    })
  })

  it('takes zeros for what is missing, unknown or of another kind', async () => {
    const result = await ask(200, JSON.stringify({ cameras: [{ id: 'a', name: 5, state: 'dancing', since: null, nextTry: '0001-01-01T00:00:00Z', streams: 'none' }] }))
    expect(result).toEqual({
      kind: 'ok',
      value: [{
        id: 'a', name: '', number: 0, text: '', state: 'connecting', reason: '', message: '', since: null, nextTry: null,
        marks: { unchanged: false, behindMs: 0 }, streams: [], hint: '', device: '', provisioned: false, revision: 0, disabled: false, ptz: false,
        rotation: 0, transport: 'auto', user: '', hasPassword: false,
      }],
    })
  })

  it('reads a long list page by page, and ends even if the server does not', async () => {
    const asked: string[] = []
    server = await cameraServer((request, response, place) => {
      asked.push(request.url ?? '')
      response.end(JSON.stringify(place < 2 ? { cameras: [{ id: `cam${place}` }], next: `cam${place}` } : { cameras: [], next: 'more' }))
    })
    expect(await client(server).cameras(new AbortController().signal)).toMatchObject({ kind: 'ok', value: [{ id: 'cam0' }, { id: 'cam1' }] })
    expect(asked).toEqual(['/api/v1/cameras', '/api/v1/cameras?after=cam0', '/api/v1/cameras?after=cam1'])
  })

  it.each([['no JSON', '<html>'], ['no list', '{}'], ['null', 'null'], ['a camera without an id', '{"cameras":[{}]}']])(
    'is an error for %s', async (_, body) => {
      expect(await ask(200, body)).toMatchObject({ kind: 'error', problem: { status: 0, code: 'no_answer' } })
    })

  it('hands on the problem of the server', async () => {
    const problem = JSON.stringify({ title: 'misdirected', detail: 'unknown host', code: 'misdirected', status: 421, hint: 'Use its address.' })
    expect(await ask(421, problem)).toEqual({
      kind: 'error',
      problem: { status: 421, title: 'misdirected', detail: 'unknown host', code: 'misdirected', hint: 'Use its address.', retryAfterMs: null },
    })
  })

  it.each([['7', 7000], ['Wed, 21 Oct 2026 07:28:00 GMT', null], ['-1', null]])('understands Retry-After %s', async (value, ms) => {
    expect(await ask(503, 'busy', { 'Retry-After': value })).toMatchObject({ problem: { title: 'HTTP 503', retryAfterMs: ms } })
  })

  it('gives up after its time limit', async () => {
    server = await cameraServer(() => undefined)
    expect(await client(server, 50).cameras(new AbortController().signal)).toMatchObject({ kind: 'error', problem: { code: 'timeout' } })
    await vi.waitFor(() => expect(server?.open()).toBe(0))
  })

  it('is aborted by its caller', async () => {
    server = await cameraServer(() => undefined)
    const end = new AbortController()
    const result = client(server).cameras(end.signal)
    end.abort()
    expect(await result).toEqual({ kind: 'aborted' })
  })

  it('is an error when nobody listens', async () => {
    server = await cameraServer(() => undefined)
    await server.close()
    expect(await client(server).cameras(new AbortController().signal)).toMatchObject({ kind: 'error', problem: { code: 'no_answer', status: 0 } })
  })
})
