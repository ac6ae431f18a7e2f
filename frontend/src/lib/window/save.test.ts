import { describe, expect, it } from 'vitest'
import { answers, later, problem, type Answer } from '../../testing/answers'
import type { Fetch } from '../api/fetch'
import { storeInWindow } from './save'

/** jsdom's blobs can't be read. */
const picture = { arrayBuffer: () => Promise.resolve(new Uint8Array([1, 2, 3]).buffer) } as Blob

const store = (answer: Answer) => storeInWindow(answers(answer).fetch)(picture, 'a.jpg')

describe('storeInWindow', () => {
  it('hands the bytes over with a name for the file', async () => {
    const asked: [string, RequestInit | undefined][] = []
    const fetch: Fetch = (address, init) => {
      asked.push([address, init])
      return Promise.resolve(Response.json({ saved: 'Gate 2.jpg' }))
    }
    expect(await storeInWindow(fetch)(picture, 'Front door & 大門.jpg')).toEqual({ kind: 'stored', name: 'Gate 2.jpg' })
    const [address, init] = asked[0] ?? []
    expect(new URL(address ?? '', 'wails://wails').searchParams.get('name')).toBe('Front door & 大門.jpg')
    expect(init).toMatchObject({ method: 'POST', headers: { 'Content-Type': 'image/jpeg' } })
    expect([...new Uint8Array(init?.body as ArrayBuffer)]).toEqual([1, 2, 3])
    expect(init?.signal).toBeUndefined()
  })

  it('knows when the reader has thought better of it', async () => {
    expect(await store(() => Response.json({ saved: '' }))).toEqual({ kind: 'cancelled' })
  })

  it.each([507, 403, 404, 500])('hands on why not (%d)', async (status) => {
    expect(await store(() => problem(status, 'code'))).toMatchObject({ kind: 'failed', problem: { status, detail: 'The reason.' } })
  })

  it('fails when nothing comes', async () => {
    expect(await store(() => Promise.reject(new TypeError('gone')))).toMatchObject({ kind: 'failed', problem: { status: 0 } })
    expect(await store(() => new Response('no JSON'))).toMatchObject({ kind: 'failed', problem: { status: 0 } })
  })

  it('asks one question at a time', async () => {
    const { answer, give } = later()
    const server = answers(() => answer)
    const keep = storeInWindow(server.fetch)
    const first = keep(picture, 'a.jpg')
    expect(await keep(picture, 'b.jpg')).toEqual({ kind: 'cancelled' })
    give(Response.json({ saved: 'a.jpg' }))
    expect(await first).toEqual({ kind: 'stored', name: 'a.jpg' })
    expect(server.asked).toHaveLength(1)
    await keep(picture, 'c.jpg').catch(() => undefined)
    expect(server.asked).toHaveLength(2)
  })
})
