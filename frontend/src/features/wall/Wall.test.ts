import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import App from '../../App.svelte'
import { ApiClient } from '../../lib/api/client'
import type { Camera } from '../../lib/api/camera'
import type { Fetch } from '../../lib/api/fetch'
import { TurnTable } from '../../lib/live/stills'
import { RouteState } from '../../lib/state/route.svelte'
import { ServerState } from '../../lib/state/server.svelte'
import { SpeechState } from '../../lib/state/speech.svelte'
import { Ticker } from '../../lib/state/ticker.svelte'
import { Visibility } from '../../lib/state/visibility.svelte'
import { WallState } from '../../lib/state/wall.svelte'
import { jpeg, part } from '../../testing/camera-server'
import { camera, cameras } from '../../testing/cameras'

/** The answers of the server, which a test may change. */
interface Answers {
  cameras: readonly Camera[] | null
  headers: Readonly<Record<string, string | number>>
}

let answers: Answers
let fetched: { address: string, signal: AbortSignal }[]

/** jsdom has no layout and no canvas: each tile has this size, and pictures count as drawn. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
  vi.stubGlobal('ResizeObserver', class {
    readonly #tell: ResizeObserverCallback
    constructor(tell: ResizeObserverCallback) {
      this.#tell = tell
    }
    observe(): void {
      this.#tell([{ contentRect: { width: 640, height: 360 } } as ResizeObserverEntry], this as unknown as ResizeObserver)
    }
    disconnect(): void { /* nothing is held */ }
  })
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ drawImage: vi.fn(), fillRect: vi.fn() } as never)
  answers = { cameras: cameras(4), headers: {} }
  fetched = []
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  localStorage.clear()
  history.replaceState(null, '', '/')
})

const answer: Fetch = (address, init) => {
  const signal = init?.signal ?? new AbortController().signal
  fetched.push({ address, signal })
  if (answers.cameras === null) return Promise.reject(new TypeError('refused'))
  if (address === '/api/v1/cameras') {
    const body = answers.cameras.map((one) => ({ ...one, since: iso(one.since), nextTry: iso(one.nextTry) }))
    return Promise.resolve(Response.json({ cameras: body }))
  }
  if (address.includes('.jpg')) return Promise.resolve(new Response(new Uint8Array(jpeg)))
  // Like the server's: never ends by itself.
  const body = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(part({ Seq: 41, ...answers.headers })) })
  return Promise.resolve(new Response(body))
}

const iso = (at: number | null): string => (at === null ? '' : new Date(at).toISOString())

async function show(languages = ['en'], panels: 1 | 4 | 9 | null = null, inWindow = false) {
  const server = new ServerState({ api: new ApiClient({ fetch: answer, timeoutMs: 4000 }), random: () => 0.5 })
  const world = {
    route: new RouteState(window), server, wall: new WallState(panels), speech: new SpeechState(languages), ticker: new Ticker(), visibility: new Visibility(),
    tiles: { fetch: answer, random: () => 0.5, turns: new TurnTable(4), onHeard: () => server.heard(), onLost: () => server.askNow() },
    inWindow, newDecoder: () => () => Promise.resolve({ source: document.createElement('canvas'), width: 640, height: 360, release: () => undefined }),
  }
  render(App, { world })
  await pass(300)
  return world
}

/** Lets time pass and what follows from it happen. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  for (let n = 0; n < 20; n++) await Promise.resolve()
  await vi.advanceTimersByTimeAsync(0)
}

const tiles = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-state]')]
const states = (): (string | undefined)[] => tiles().map((tile) => tile.dataset['state'])
const openStreams = (): string[] => fetched.filter((one) => one.address.includes('raw=1') && !one.signal.aborted).map((one) => one.address)

describe('the wall', () => {
  it('shows live cameras quietly: number and name alone', async () => {
    answers.cameras = [camera(1, { name: 'Main gate', text: 'Gate B' }), camera(0, { id: 'yard', name: '' })]
    await show()
    expect(states()).toEqual(['live', 'live'])
    expect(tiles().map((tile) => tile.textContent.replace(/\s+/g, ' ').trim())).toEqual(['1 Main gate Gate B', 'yard'])
    expect(tiles()[0]?.dataset['seq']).toBe('41')
    expect(document.querySelector('canvas[data-camera=cam1]')).not.toBeNull()
    expect(openStreams()).toEqual(['cam1', 'yard'].map((id) => `/live/${id}?size=640x360&fit=contain&stream=auto&raw=1`))
  })

  it('says in words and with a glyph what is not live', async () => {
    answers.headers = { State: 'retrying', Reason: 'dial_timeout', Message: 'No%20answer%20from%2010.0.0.1', 'Next-Try': Date.now() + 2300 }
    answers.cameras = [camera(1)]
    await show()
    expect(states()).toEqual(['retrying'])
    expect(screen.getByText('Offline')).toBeTruthy()
    expect(screen.getByText('No answer from 10.0.0.1. Next try in 2 s.')).toBeTruthy()
    expect(tiles()[0]?.querySelector('svg')).not.toBeNull()
    expect(tiles()[0]?.dataset['seq']).toBe('')
  })

  it('marks what is behind', async () => {
    answers.cameras = [camera(1, { marks: { unchanged: false, behindMs: 2400 } })]
    await show()
    expect(screen.getByText('2.4 s behind')).toBeTruthy()
  })

  it('calls a picture stale that stays away for 3 s, and reconnects', async () => {
    answers.cameras = [camera(1)]
    await show()
    await pass(2500)
    expect(states()).toEqual(['live'])
    answers.headers = { Seq: 42 }
    const before = fetched.length
    await pass(300)
    expect(states()).toEqual(['stale'])
    expect(screen.getByText('No picture for 3 s')).toBeTruthy()
    await pass(500)
    expect(fetched.slice(before).some((one) => one.address.includes('raw=1'))).toBe(true)
    expect(openStreams()).toHaveLength(1)
    expect(states()).toEqual(['live'])
  })

  it('greys all tiles at once under one bar when the server is gone, and recovers by itself', async () => {
    await show()
    answers.cameras = null
    await pass(2100)
    expect(states()).toEqual(['gone', 'gone', 'gone', 'gone'])
    expect(screen.getAllByRole('alert')).toHaveLength(1)
    expect(screen.getByText(/No answer from Camwall/)).toBeTruthy()
    expect(openStreams()).toEqual([])
    answers.cameras = cameras(4)
    answers.headers = { Seq: 50 }
    await pass(6000)
    expect(screen.queryByRole('alert')).toBeNull()
    expect(openStreams()).toHaveLength(4)
    expect(tiles()[0]?.dataset['seq']).toBe('50')
  })

  it('reads more than four panels as single pictures in a browser, as streams in the window', async () => {
    answers.cameras = cameras(9)
    await show(['en'], 9)
    await pass(1000)
    expect(states()).toEqual(Array(9).fill('live'))
    expect(openStreams()).toEqual([])
    expect(new Set(fetched.map((one) => one.address).filter((address) => address.includes('.jpg'))).size).toBe(9)
    cleanup()
    fetched = []
    await show(['en'], 9, true)
    expect(openStreams()).toHaveLength(9)
  })

  it('aborts what is no longer shown', async () => {
    await show()
    expect(openStreams()).toHaveLength(4)
    await fireEvent.keyDown(window, { key: 'Enter' })
    await pass(0)
    expect(openStreams()).toEqual(['/live/cam1?size=640x360&fit=contain&stream=auto&raw=1'])
    expect(tiles()).toHaveLength(1)
    await fireEvent.keyDown(window, { key: 'Escape' })
    await pass(0)
    expect(tiles()).toHaveLength(4)
    cleanup()
    await pass(0)
    expect(openStreams()).toEqual([])
  })

  it('enlarges by a double click, and follows the arrows with the keyboard focus', async () => {
    await show()
    await fireEvent.keyDown(window, { key: 'ArrowRight' })
    expect(document.activeElement).toBe(tiles()[1])
    tiles()[2]?.focus()
    await fireEvent.dblClick(tiles()[2] as HTMLElement)
    expect(document.querySelectorAll('canvas')).toHaveLength(1)
    expect(document.querySelector('canvas')?.dataset['camera']).toBe('cam3')
  })

  it('remembers the number of panels in its address', async () => {
    await show()
    expect(location.search).toBe('')
    await fireEvent.keyDown(window, { key: '9' })
    expect(location.search).toBe('?panels=9')
  })

  it('rests when nobody has seen it for 10 s', async () => {
    await show()
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(2000)
    expect(states()).toEqual(['live', 'live', 'live', 'live'])
    await pass(8100)
    expect(states()).toEqual(['paused', 'paused', 'paused', 'paused'])
    expect(openStreams()).toEqual([])
    hidden.mockReturnValue(false)
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(100)
    expect(openStreams()).toHaveLength(4)
    expect(states()).toEqual(['live', 'live', 'live', 'live'])
  })

  it('tells how to add a camera when there is none', async () => {
    answers.cameras = []
    await show()
    expect(screen.getByText('No cameras yet')).toBeTruthy()
    expect(screen.getByText(/--camera/)).toBeTruthy()
  })

  it('speaks Traditional Chinese by browser and by choice', async () => {
    answers.cameras = []
    await show(['zh-TW'])
    expect(screen.getByText('還沒有攝影機')).toBeTruthy()
    expect(document.documentElement.lang).toBe('zh-Hant')
    await fireEvent.keyDown(window, { key: '?' })
    await fireEvent.click(screen.getByText('English'))
    expect(screen.getByText('No cameras yet')).toBeTruthy()
    expect(new SpeechState(['zh-TW']).language).toBe('en')
    await fireEvent.keyDown(window, { key: 'Escape' })
    expect(screen.queryByRole('dialog')).toBeNull()
  })

  it('shows figures only when asked for', async () => {
    answers.cameras = [camera(1, { streams: [{ name: 'main', codec: 'H264', width: 1920, height: 1080, fps: 25, url: '' }] })]
    answers.headers = { Size: '640x360' }
    await show()
    expect(screen.queryByText(/H264/)).toBeNull()
    await fireEvent.keyDown(window, { key: 'i' })
    expect(screen.getByText('main H264 1920x1080 25.0 fps')).toBeTruthy()
    expect(screen.getByText('JPEG 640x360 stream')).toBeTruthy()
  })
})
