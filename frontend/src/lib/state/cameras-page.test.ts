import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { device, found } from '../../testing/devices'
import { camera, cameras } from '../../testing/cameras'
import { ApiClient } from '../api/client'
import { CamerasPage } from './cameras-page.svelte'
import { ServerState } from './server.svelte'

let end: () => void = () => undefined
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  end()
  vi.useRealTimers()
})

/** A page on a server with these cameras, one known recorder and one found camera. */
async function opened(answer: Answer = () => undefined, configured = cameras(3)) {
  const server = answers((asked) => answer(asked) ?? usual(asked.what, configured))
  const state = new ServerState({ api: new ApiClient({ fetch: server.fetch, timeoutMs: 4000 }), random: () => 0.5 })
  const stop = new AbortController()
  void state.run(stop.signal)
  const page = new CamerasPage({ fetch: server.fetch, random: () => 0.5, server: state })
  end = () => {
    stop.abort()
    page.close()
  }
  await vi.advanceTimersByTimeAsync(0)
  return { ...server, page, state }
}

function usual(what: string, configured: readonly unknown[]): Response | undefined {
  switch (what) {
    case 'GET /api/v1/cameras':
      return Response.json({ cameras: configured })
    case 'GET /api/v1/devices?limit=5000':
      return Response.json({ devices: [device('dev1', { name: 'Porch' })], next: null })
    case 'GET /api/v1/discovery':
      return Response.json({ searching: false, devices: [found('a'), found('b', { inventory: 'dev1', foundBy: ['ssdp'] }), found('c', { kind: 'router' })], problems: [] })
    case 'POST /api/v1/discovery/search':
    case 'POST /api/v1/cameras/cam2/retry':
      return new Response(null, { status: 202 })
    default:
      return undefined
  }
}

const count = (asked: readonly { readonly what: string }[], what: string): number => asked.filter((one) => one.what === what).length

describe('CamerasPage', () => {
  it('joins what is configured with what was found, and finds within it', async () => {
    const { page } = await opened()
    await page.refresh()
    expect(page.rows.map((row) => row.key)).toEqual(['camera cam1', 'camera cam2', 'camera cam3', 'found a'])
    expect(page.rows[0]).toMatchObject({ device: { name: 'Porch' }, foundBy: ['ssdp'] })
    expect(page.others.map(({ id }) => id)).toEqual(['c'])
    page.query = 'porch'
    expect(page.rows.map((row) => row.key)).toEqual(['camera cam1'])
    expect(page.all).toHaveLength(4)
  })

  it('reads the devices anew only when other cameras are there than before', async () => {
    const { page, asked } = await opened()
    await page.follow(page.membership)
    await page.follow(page.membership)
    expect(count(asked, 'GET /api/v1/devices?limit=5000')).toBe(1)
    await page.follow(`${page.membership}\ncam4 dev4`)
    expect(count(asked, 'GET /api/v1/devices?limit=5000')).toBe(2)
    expect(count(asked, 'GET /api/v1/discovery')).toBe(2)
  })

  it('keeps what it knows when the server does not answer', async () => {
    let away = false
    const { page } = await opened(() => (away ? problem(500, 'internal') : undefined))
    await page.refresh()
    away = true
    await page.refresh()
    expect(page.devices).toHaveLength(1)
    expect(page.discovery.found).toHaveLength(3)
  })

  it.each([
    ['paste', { kind: 'paste', address: '' }, 0],
    ['import', { kind: 'import' }, 0],
    ['find', { kind: 'none' }, 1],
    [null, { kind: 'none' }, 0],
  ] as const)('opened for %s begins with it', async (intent, dialog, searches) => {
    const { page, asked } = await opened()
    page.start(intent)
    await vi.advanceTimersByTimeAsync(0)
    expect(page.dialog).toEqual(dialog)
    expect(count(asked, 'POST /api/v1/discovery/search')).toBe(searches)
    expect(count(asked, 'GET /api/v1/discovery/events')).toBe(1)
    page.closeDialog()
    expect(page.dialog.kind).toBe('none')
  })

  it('tries a camera again and looks at once what became of it', async () => {
    const { page, asked } = await opened()
    await vi.advanceTimersByTimeAsync(500)
    const before = count(asked, 'GET /api/v1/cameras')
    await page.retry(camera(2))
    await vi.advanceTimersByTimeAsync(0)
    expect(count(asked, 'POST /api/v1/cameras/cam2/retry')).toBe(1)
    expect(count(asked, 'GET /api/v1/cameras')).toBe(before + 1)
  })

  it('keeps one look a device while it is open, and a new one for each dialog', async () => {
    const { page } = await opened()
    expect(page.lookAt('http://192.0.2.1/')).toBe(page.lookAt('http://192.0.2.1/'))
    expect(page.lookInto('dev1')).toBe(page.lookInto('dev1'))
    expect(page.lookAt('dev1')).not.toBe(page.lookInto('dev1'))
    expect(page.newLook({ address: 'x' })).not.toBe(page.newLook({ address: 'x' }))
  })

  it('forgets sign-ins and ends all calls when it is left', async () => {
    const { page, asked } = await opened(({ what }) => (what.endsWith('/describe') ? Response.json({ channels: [] }) : undefined))
    const look = page.lookAt('http://192.0.2.1/')
    await look.ask({ user: 'admin', password: 'secret' })
    expect(look.signedIn).toBe(true)
    page.start(null)
    await vi.advanceTimersByTimeAsync(0)
    page.close()
    expect(look.signedIn).toBe(false)
    expect(asked.find((one) => one.what.endsWith('/events'))?.signal.aborted).toBe(true)
    const calls = asked.length
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked.slice(calls).filter((one) => one.what !== 'GET /api/v1/cameras')).toEqual([])
  })

  it('takes every answer for a sign of life of the server', async () => {
    const { page, state } = await opened()
    const heard = vi.spyOn(state, 'heard')
    await page.refresh()
    expect(heard).toHaveBeenCalledTimes(2)
  })

  it('does not show anew what has not changed', async () => {
    const { asked, state } = await opened(() => undefined, [...cameras(2), camera(3, { state: 'retrying' })])
    const list = state.cameras
    await vi.advanceTimersByTimeAsync(6500)
    expect(count(asked, 'GET /api/v1/cameras')).toBe(4)
    expect(state.cameras).toBe(list)
  })
})
