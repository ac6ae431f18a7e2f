import { describe, expect, it } from 'vitest'
import { answers, problem } from '../../testing/answers'
import { wall, wallTile } from '../../testing/walls'
import { PtzApi } from './ptz'
import { contentOf, decodeWall, usualOverlay, WallsApi, type Overlay, type Wall } from './walls'

const signal = new AbortController().signal

const nothing: Overlay = { number: false, name: false, clock: false, statistics: false }

const told = {
  name: 'hall', title: 'Hall', columns: 3, rows: 2, provisioned: true, revision: 4,
  pages: [{
    title: 'Day', dwell: 20.5, tiles: [{
      column: 1, row: 0, width: 2, height: 2, cameras: ['a', 'b'], dwell: 5, stream: 'sub', fit: 'cover', text: 'x',
      overlay: { number: true, name: false, clock: true, statistics: true }, crop: { x: 0.1, y: 0.2, width: 0.5, height: 0.5 },
    }],
  }],
}

describe('a wall', () => {
  it('is read with every field', () => {
    expect(decodeWall(told)).toEqual(told)
  })

  it('takes zeros for what is missing, and leaves out what is no tile', () => {
    const read = decodeWall({ name: 'x', columns: 2, rows: 2, pages: [{ tiles: [{ column: 0 }, { width: 1, height: 1, fit: '', crop: { width: 1, height: 1 } }] }] })
    expect(read?.pages[0]?.tiles).toEqual([wallTile(0, 0)])
    expect(decodeWall({ name: 'x', columns: 2, rows: 2 })?.pages).toHaveLength(1)
  })

  it.each([
    [undefined, usualOverlay], [null, usualOverlay], [{}, nothing], [{ clock: true }, { ...nothing, clock: true }], [{ number: false, name: false }, nothing],
  ])('draws what its tiles say, number and name only when they do not say: %o', (overlay, drawn) => {
    const read = decodeWall({ ...told, pages: [{ tiles: [{ width: 1, height: 1, overlay }] }] })
    expect(read?.pages[0]?.tiles[0]?.overlay).toEqual(drawn)
    expect((contentOf(read as Wall) as Wall).pages[0]?.tiles[0]?.overlay).toEqual(drawn)
  })

  it.each([[{}], [null], [{ name: 'x', columns: 0, rows: 1 }]])('is none: %o', (body) => {
    expect(decodeWall(body)).toBeNull()
  })

  it('is written without its name, revision and what says nothing', () => {
    const written = contentOf(wall('hall', 1, 1, [wallTile(0, 0, ['a'])])) as { pages: { tiles: object[] }[] }
    expect(Object.keys(written)).toEqual(['title', 'columns', 'rows', 'pages'])
    expect(written.pages[0]?.tiles[0]).not.toHaveProperty('crop')
    expect((contentOf(decodeWall(told) as never) as typeof written).pages).toEqual(told.pages)
  })
})

describe('WallsApi', () => {
  const hall = wall('hall', 1, 1, [], { revision: 7 })

  it('replaces only what was read, and makes only what is not there', async () => {
    const server = answers(() => Response.json({ ...hall, revision: 8 }))
    const api = new WallsApi({ fetch: server.fetch, timeoutMs: 1000 })
    expect(await api.replace(hall, 7, signal)).toMatchObject({ kind: 'ok', value: { revision: 8 } })
    await api.make(hall, signal)
    await api.remove(hall, signal)
    expect(server.asked.map(({ what }) => what)).toEqual(['PUT /api/v1/walls/hall', 'PUT /api/v1/walls/hall', 'DELETE /api/v1/walls/hall'])
    expect(server.asked.map(({ headers }) => [headers['If-Match'], headers['If-None-Match']])).toEqual([['"7"', undefined], [undefined, '*'], ['"7"', undefined]])
    expect(server.asked[0]?.body).toEqual(contentOf(hall))
  })

  it('lists, and reads one', async () => {
    const server = answers(({ what }) => Response.json(what.endsWith('/walls') ? { walls: [told, {}] } : told))
    const api = new WallsApi({ fetch: server.fetch, timeoutMs: 1000 })
    expect(await api.list(signal)).toEqual({ kind: 'ok', value: [told] })
    expect(await api.get('a b', signal)).toEqual({ kind: 'ok', value: told })
    expect(server.asked[1]?.what).toBe('GET /api/v1/walls/a%20b')
  })

  it.each([412, 428, 409])('hands on %d', async (status) => {
    const server = answers(() => problem(status, 'code'))
    expect(await new WallsApi({ fetch: server.fetch, timeoutMs: 1000 }).replace(hall, 7, signal)).toMatchObject({ kind: 'error', problem: { status } })
  })
})

describe('PtzApi', () => {
  it('reads where a camera looks', async () => {
    const look = { position: { pan: 0.5, tilt: -1, zoom: 0.25 }, moving: true, presets: [{ token: '1', name: 'Gate' }, { name: 'no token' }] }
    const server = answers(() => Response.json(look))
    const answer = await new PtzApi({ fetch: server.fetch, timeoutMs: 1000 }).look('a', signal)
    expect(answer).toEqual({ kind: 'ok', value: { ...look, presets: [{ token: '1', name: 'Gate' }] } })
  })

  it('sends the last stop so that it outlives the page', () => {
    const sent: (RequestInit | undefined)[] = []
    new PtzApi({ timeoutMs: 1, fetch: (_, init) => {
      sent.push(init)
      return Promise.reject(new Error('the page is gone'))
    } }).stopAtLast('a')
    expect(sent).toMatchObject([{ method: 'POST', keepalive: true, body: '{"stop":true}' }])
  })
})
