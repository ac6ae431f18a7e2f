// @vitest-environment node
import { afterEach, describe, expect, it } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { camera } from '../../testing/cameras'
import { cameraServer, type CameraServer } from '../../testing/camera-server'
import { InventoryApi } from './inventory'

const { signal } = new AbortController()

/** Makes one call; what the server saw of it is the second result. */
async function calling<T>(answer: Answer, call: (api: InventoryApi) => Promise<T>) {
  const server = answers(answer)
  const result = await call(server.api)
  const [asked] = server.asked
  return { result, what: asked?.what, body: asked?.body, headers: asked?.headers }
}

const ok = (body: unknown) => () => Response.json(body)
const done = () => new Response(null, { status: 204 })

describe('InventoryApi', () => {
  it('changes the revision that it has seen, and nothing else', async () => {
    const seen = camera(3, { revision: 7 })
    const edited = await calling(ok({ id: 'cam3', name: 'Gate', revision: 8 }), (api) => api.editCamera(seen, { name: 'Gate' }, signal))
    expect(edited).toMatchObject({ what: 'PATCH /api/v1/cameras/cam3', body: { name: 'Gate' }, headers: { 'If-Match': '"7"', 'Content-Type': 'application/json' } })
    expect(edited.result).toMatchObject({ kind: 'ok', value: { id: 'cam3', name: 'Gate', revision: 8 } })
    const removed = await calling(done, (api) => api.removeCamera(seen, signal))
    expect(removed).toMatchObject({ what: 'DELETE /api/v1/cameras/cam3', headers: { 'If-Match': '"7"' }, result: { kind: 'ok' } })
  })

  it('sends passwords in bodies alone', async () => {
    const signIn = { user: 'admin', password: 'p@ss/?#1' }
    const server = answers((asked) => asked.what.endsWith('picture') ? new Response('jpeg') : Response.json({ channels: [], tracks: [], cameras: [], id: 'x' }))
    await server.api.describe({ address: '192.0.2.1', ...signIn }, signal)
    await server.api.picture({ address: '192.0.2.1', ...signIn }, 'V1', signal)
    await server.api.test({ url: 'rtsp://192.0.2.1/', guess: true, picture: true, ...signIn }, signal)
    await server.api.addCamera({ url: 'rtsp://192.0.2.1/', ...signIn }, signal)
    await server.api.addDevice({ address: '192.0.2.1', sources: ['V1'], ...signIn }, signal)
    expect(server.asked).toHaveLength(5)
    for (const asked of server.asked) {
      expect(asked.what).toMatch(/^POST \/api\/v1\/[a-z/]+$/)
      expect(asked.body).toMatchObject(signIn)
    }
  })

  it('reads what a device offers, and which profiles its cameras would have', async () => {
    const { result } = await calling(ok({
      id: '', kind: 'recorder', maker: 'Maker', onvif: 'http://192.0.2.1/onvif/device_service',
      channels: [
        { source: 'V1', name: 'Door', number: 1, main: 'P1', sub: 'P2', camera: 'door' },
        { source: 'V2', name: '', number: 2, main: '', sub: '', camera: '' },
        { name: 'without a token' },
      ],
      profiles: [
        { token: 'P1', name: 'main', codec: 'H265', width: 1920, height: 1080, fps: 25 },
        { token: 'P2', name: 'sub', codec: 'unknown', codecName: 'X-VID' },
        { token: 'P3', codec: 'H264' },
      ],
      problems: [{ code: 'clock', message: 'off', hint: '' }, null],
    }), (api) => api.describe({ device: 'x' }, signal))
    expect(result).toMatchObject({
      kind: 'ok', value: {
        kind: 'recorder',
        channels: [{ source: 'V1', playable: true, camera: 'door' }, { source: 'V2', playable: false }],
        profiles: [{ codec: 'H265', chosen: 'main' }, { codec: 'X-VID', chosen: 'sub' }, { codec: 'H264', chosen: '' }],
        problems: [{ code: 'clock' }],
      },
    })
  })

  it('takes no picture that is none', async () => {
    expect(await calling(() => new Response('jpeg'), (api) => api.picture({ device: 'x' }, 'V1', signal))).toMatchObject({ result: { kind: 'ok' }, body: { device: 'x', source: 'V1' } })
    expect(await calling(() => new Response(''), (api) => api.picture({ device: 'x' }, 'V1', signal))).toMatchObject({ result: { kind: 'error', problem: { code: 'no_answer' } } })
    const { result } = await calling(ok({ tracks: [], picture: '"><script>' }), (api) => api.test({ url: 'x', guess: false, picture: true }, signal))
    expect(result).toMatchObject({ kind: 'ok', value: { picture: '' } })
  })

  it('hands on why a device refuses', async () => {
    const { result } = await calling(() => problem(424, 'unauthorized'), (api) => api.describe({ address: '192.0.2.1' }, signal))
    expect(result).toMatchObject({ kind: 'error', problem: { status: 424, code: 'unauthorized', detail: 'The reason.', hint: 'What to do.' } })
  })

  it('searches ranges, reads files, and names things in paths safely', async () => {
    expect(await calling(() => new Response(null, { status: 202 }), (api) => api.search(['192.0.2.0/24'], signal)))
      .toMatchObject({ what: 'POST /api/v1/discovery/search', body: { ranges: ['192.0.2.0/24'] }, result: { kind: 'ok' } })
    expect(await calling(ok({ format: 'csv', cameras: [{ id: 'a', streams: { main: 'rtsp://192.0.2.1/', odd: 5 } }, { id: 'b', streams: {}, onvif: 'http://192.0.2.2' }], left: [{ from: 'line 3', why: 'no address' }] }),
      (api) => api.importFile({ name: 'a.csv', content: 'x' }, false, signal)))
      .toMatchObject({
        body: { name: 'a.csv', content: 'x', write: false },
        result: { value: { cameras: [{ addresses: ['rtsp://192.0.2.1/'] }, { addresses: ['http://192.0.2.2'] }], left: [{ from: 'line 3', why: 'no address' }] } },
      })
    expect(await calling(done, (api) => api.retry('../devices', signal))).toMatchObject({ what: 'POST /api/v1/cameras/..%2Fdevices/retry' })
  })

  it.each<[string, (api: InventoryApi) => Promise<unknown>]>([
    ['devices', (api) => api.devices(signal)],
    ['a camera', (api) => api.camera('a', signal)],
    ['a description', (api) => api.describe({ device: 'a' }, signal)],
    ['a test', (api) => api.test({ url: 'a', guess: false, picture: false }, signal)],
    ['a search', (api) => api.discovery(signal)],
    ['an import', (api) => api.importFile({ name: 'a', content: '' }, false, signal)],
  ])('does not take any JSON for %s', async (_, call) => {
    for (const body of [null, [], 'text', 5, {}, { cameras: 5, devices: 5, channels: 5, tracks: 5 }]) {
      expect((await calling(ok(body), call)).result).toMatchObject({ kind: 'error', problem: { code: 'no_answer' } })
    }
  })
})

describe('over a real connection', () => {
  let server: CameraServer | undefined
  afterEach(() => server?.close())

  it('sends JSON and ends within its time limit', async () => {
    let seen = ''
    server = await cameraServer((request, response) => {
      request.on('data', (chunk: Buffer) => (seen += chunk.toString()))
      request.on('end', () => {
        if (request.url === '/api/v1/describe') response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"channels":[]}')
      })
    })
    const { address } = server
    const api = new InventoryApi({ fetch: (path, init) => fetch(address + path, init), timeoutMs: 200 })
    expect(await api.describe({ address: 'é' }, signal)).toMatchObject({ kind: 'ok' })
    expect(JSON.parse(seen)).toEqual({ address: 'é' })
    expect(await api.camera('a', signal)).toMatchObject({ kind: 'error', problem: { code: 'timeout' } })
  })
})
