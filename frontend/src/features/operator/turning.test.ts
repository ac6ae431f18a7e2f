import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { cameras } from '../../testing/cameras'
import { PtzApi } from '../../lib/api/ptz'
import { noFigures, type TileSight } from '../../lib/live/watch'
import { operatorEn as m } from '../../lib/messages/operator-en'
import { operatorZhHant } from '../../lib/messages/operator-zh-hant'
import { PtzHand } from '../../lib/operator/ptz-hand'
import { PtzState } from '../../lib/operator/ptz.svelte'
import Ptz from './Ptz.svelte'
import Statistics from './Statistics.svelte'

afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

const press = (key: string, more: object = {}): Promise<boolean> => fireEvent.keyDown(document.activeElement as Element, { key, ...more })
const calls = (answer: Answer) => {
  const server = answers(answer)
  return { config: { fetch: server.fetch, timeoutMs: 1000 }, asked: server.asked }
}

describe('turning a camera', () => {
  function show(answer: Answer) {
    vi.useFakeTimers()
    const { config, asked } = calls(answer)
    const ptz = new PtzState({ api: new PtzApi(config), camera: 'gate' })
    let closed = 0
    const { unmount } = render(Ptz, { m, name: 'Gate', ptz, hand: new PtzHand(ptz), onclose: () => closed++ })
    const surface = document.querySelector('.surface') as HTMLElement
    surface.getBoundingClientRect = () => new DOMRect(0, 0, 800, 400)
    return { surface, asked, closed: () => closed, unmount, moves: () => asked.filter(({ what }) => what.startsWith('POST')).map(({ body }) => body) }
  }
  const look: Answer = ({ what }) => (what.startsWith('GET') ? Response.json({ presets: [{ token: 'T1', name: 'Door' }, { token: 'T2', name: '' }] }) : new Response(null, { status: 204 }))
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
  const pointer = (on: Element, name: string, x: number): void => {
    const event = new MouseEvent(name, { bubbles: true, clientX: x, clientY: 200 })
    Object.defineProperty(event, 'pointerId', { value: 1 })
    on.dispatchEvent(event)
  }

  it('goes where the picture is held, the further out the faster, until it is let go', async () => {
    const { surface, moves } = show(look)
    pointer(surface, 'pointerdown', 800)
    await pass(200)
    pointer(surface, 'pointermove', 0)
    await pass(50)
    expect(document.querySelector('line')).not.toBeNull()
    pointer(surface, 'pointerup', 0)
    await pass(50)
    expect(moves()).toMatchObject([{ continuous: { pan: 1 } }, { continuous: { pan: -1 } }, { stop: true }])
  })

  it.each<[string, (surface: Element) => void]>([
    ['the pointer is lost', (surface) => pointer(surface, 'lostpointercapture', 0)],
    ['the page loses the focus', () => window.dispatchEvent(new Event('blur'))],
    ['the page goes away', () => window.dispatchEvent(new Event('pagehide'))],
    ['it is closed', () => cleanup()],
  ])('stops when %s', async (_, event) => {
    const { surface, moves } = show(look)
    pointer(surface, 'pointerdown', 800)
    await pass(200)
    event(surface)
    await pass(5000)
    expect(moves().slice(0, 1)).toMatchObject([{ continuous: { pan: 1 } }])
    expect(moves().at(-1)).toEqual({ stop: true })
    expect(moves()).toHaveLength(2)
  })

  it('lists presets, and has buttons for what keys do', async () => {
    const { moves, closed } = show(look)
    await pass(50)
    await fireEvent.click(screen.getByRole('button', { name: '1 Door' }))
    await fireEvent.click(screen.getByRole('button', { name: '2 T2' }))
    await fireEvent.click(screen.getByRole('button', { name: m.ptzHome }))
    await fireEvent.click(screen.getByRole('button', { name: m.zoomIn }))
    await pass(50)
    expect(moves()).toMatchObject([{ preset: 'T1' }, { preset: 'T2' }, { home: true }, { relative: { zoom: 0.02 } }])
    await fireEvent.click(screen.getByRole('button', { name: m.ptzOff }))
    expect(closed()).toBe(1)
  })

  it('says in words why it does not turn', async () => {
    show(() => problem(424, 'unauthorized'))
    await pass(50)
    expect(screen.getByRole('alert').textContent).toBe(m.ptzTroubles.unauthorized)
  })
})

describe('the statistics', () => {
  const sight: TileSight = {
    phase: 'told', status: null, refusal: null, pictureTime: 1, live: true, unchangedSince: null, reduced: 'link',
    figures: { ...noFigures, fps: 14.96, delayP95Ms: 81.4, bitsPerSecond: 900_000, size: '640x360', format: 'h264', decoder: 'WebCodecs', why: 'slow' },
  }

  it('tell of this screen and of the server, and go on telling', async () => {
    vi.useFakeTimers()
    const { config, asked } = calls(({ what }) => (what.endsWith('/system') ? Response.json({ name: 'box', version: '0.3.0', addresses: ['http://127.0.0.1:8000'], started: '2026-11-21T00:00:00Z' })
      : new Response('camwall_viewers 2\ncamwall_stream_viewers{camera="cam1",stream="sub"} 2\ncamwall_stream_fps{camera="cam1",stream="sub"} 15\n')))
    let closed = 0
    render(Statistics, {
      m, locale: 'en-GB', calls: config, cameras: cameras(1), link: { roundTripMs: 3, bitsPerSecond: 1_200_000 }, onclose: () => closed++,
      tiles: [{ slot: 'a', camera: 'cam1', sight }, { slot: 'b', camera: 'old', sight: { ...sight, live: false } }],
    })
    await vi.advanceTimersByTimeAsync(100)
    const [first, second] = [...document.querySelectorAll('tr[data-slot]')].map((row) => [...row.children].map(({ textContent }) => textContent))
    expect(first).toEqual(['1 Camera 1', 'H.264, WebCodecs', '640x360', '15.0 fps', '81 ms', '900 kbit/s', 'reduced: slow link, the decoder was too slow'])
    expect([second?.[0], second?.[6]]).toEqual(['old', m.notLive])
    expect(screen.getByText('box')).toBeTruthy()
    expect(within(screen.getAllByRole('table')[1] as HTMLElement).getByText('sub')).toBeTruthy()
    await vi.advanceTimersByTimeAsync(4000)
    expect(asked.length).toBe(6)
    await press('Escape')
    expect(closed).toBe(1)
    cleanup()
    await vi.advanceTimersByTimeAsync(4000)
    expect(asked.length).toBe(6)
  })

  it('say when the server gives no answer', async () => {
    const { config } = calls(() => Promise.reject(new Error('gone')))
    render(Statistics, { m: operatorZhHant, locale: 'zh-TW', calls: config, cameras: [], link: { roundTripMs: 0, bitsPerSecond: 0 }, onclose: () => undefined, tiles: [] })
    expect(await screen.findByText(operatorZhHant.troubles.no_answer)).toBeTruthy()
    expect(screen.getByText(operatorZhHant.nothingShown)).toBeTruthy()
  })
})
