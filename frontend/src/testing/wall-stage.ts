import { cleanup, fireEvent, render } from '@testing-library/svelte'
import { afterEach, beforeEach, vi } from 'vitest'
import App from '../App.svelte'
import type { Camera } from '../lib/api/camera'
import type { Fetch } from '../lib/api/fetch'
import type { Wall } from '../lib/api/walls'
import type { KioskState } from '../lib/kiosk/state'
import { newWorld, type World } from '../world'
import { cameras } from './cameras'
import { device } from './devices'
import { sight, TestLive } from './live'

/** The whole page in the hands of a test: the answers of the server, its live connection, and time. */
export class WallStage {
  /** null: the server is gone. */
  cameras: readonly Camera[] | null = cameras(4)
  walls: readonly Wall[] = []
  live = new TestLive()
  readonly reload = vi.fn<() => void>()
  readonly asked: string[] = []
  /** What the kiosk says; null: there is none. */
  kiosk: KioskState | null = null
  readonly unlocks: unknown[] = []
  onUnlock: () => Response = () => new Response(null, { status: 404 })

  constructor() {
    this.live.answer = ({ camera: id }) => sight(id)
  }

  async show(path = '/', languages = ['en']): Promise<World> {
    history.replaceState(null, '', path)
    const world = newWorld({
      net: { fetch: this.#answer, random: () => 0.5 }, newLive: () => this.live.client, place: window, languages, reload: this.reload,
    })
    render(App, { world })
    await this.pass(300)
    return world
  }

  /** Lets time pass and what follows from it happen; cameras that are live send pictures meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= 250) {
      for (const watch of this.live.open) {
        if (watch.running && watch.sight.status?.state === 'live' && this.live.link.kind === 'up') watch.say({ ...watch.sight, pictureTime: Date.now() })
      }
      await vi.advanceTimersByTimeAsync(Math.min(250, left))
      for (let n = 0; n < 20; n++) await Promise.resolve()
    }
    await vi.advanceTimersByTimeAsync(0)
  }

  readonly #answer: Fetch = (address, init) => {
    this.asked.push(`${init?.method ?? 'GET'} ${address}`)
    if (address === '/kiosk/state') return Promise.resolve(this.kiosk === null ? new Response(null, { status: 404 }) : Response.json(this.kiosk))
    if (address === '/kiosk/unlock') {
      this.unlocks.push(typeof init?.body === 'string' ? JSON.parse(init.body) as unknown : null)
      return Promise.resolve(this.onUnlock())
    }
    if (this.cameras === null) return Promise.reject(new TypeError('refused'))
    if (address === '/api/v1/walls') return Promise.resolve(Response.json({ walls: this.walls }))
    if (address.startsWith('/api/v1/devices')) return Promise.resolve(Response.json({ devices: [device('nvr', { name: 'Recorder' })] }))
    if (address === '/api/v1/cameras') {
      const body = this.cameras.map((one) => ({ ...one, since: iso(one.since), nextTry: iso(one.nextTry) }))
      return Promise.resolve(Response.json({ cameras: body }))
    }
    return Promise.resolve(Response.json(this.cameras[0] ?? {}))
  }
}

const iso = (at: number | null): string => (at === null ? '' : new Date(at).toISOString())

/** To be called once by a file of tests: sets and strikes the stage. jsdom has no layout, no canvas and no dialogs; each tile has one size. */
export function setTheStage(): void {
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
    HTMLDialogElement.prototype.showModal = vi.fn()
    HTMLDialogElement.prototype.close = vi.fn()
  })
  afterEach(() => {
    cleanup()
    vi.useRealTimers()
    vi.unstubAllGlobals()
    localStorage.clear()
    sessionStorage.clear()
    history.replaceState(null, '', '/')
  })
}

/** The tiles of a role, in the order of the page. */
export const tiles = (role = 'shown'): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-role=${role}]`)]
export const states = (): (string | undefined)[] => tiles().map((tile) => tile.dataset['state'])
/** The wall and its controls, which can be covered. */
export const under = (): HTMLElement => document.querySelector('.under') as HTMLElement
/** Their cameras. */
export const ids = (role = 'shown'): (string | undefined)[] => tiles(role).map((tile) => tile.querySelector('canvas')?.dataset['camera'])
export const texts = (): string[] => tiles().map((tile) => tile.textContent.replace(/[\s⋯]+/g, ' ').trim())
export const press = (key: string, but: KeyboardEventInit = {}): Promise<boolean> => fireEvent.keyDown(document.activeElement ?? window, { key, ...but })
