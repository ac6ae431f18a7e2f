import { ApiClient } from './lib/api/client'
import type { Camera } from './lib/api/camera'
import type { Fetch } from './lib/api/fetch'
import { InventoryApi } from './lib/api/inventory'
import { WallsApi, type Wall } from './lib/api/walls'
import { Kiosk } from './lib/kiosk/kiosk.svelte'
import { isWindow } from './lib/live/address'
import { browserLiveWorld } from './lib/live/browser-world'
import { LiveClient } from './lib/live/client'
import { storeInBrowser, type Store } from './lib/operator/snapshot'
import { SwapState } from './lib/operator/swap.svelte'
import { Board } from './lib/state/board.svelte'
import { Care } from './lib/state/care.svelte'
import { DeviceNames } from './lib/state/device-names.svelte'
import { takeKept, type Kept } from './lib/state/keepsake'
import { LinkState } from './lib/state/link.svelte'
import { optionsFrom, type Options } from './lib/state/options'
import { recall, remember } from './lib/state/remembered'
import { RouteState } from './lib/state/route.svelte'
import { ServerState } from './lib/state/server.svelte'
import { SpeechState } from './lib/state/speech.svelte'
import { Ticker } from './lib/state/ticker.svelte'
import type { TileConfig } from './lib/state/tile.svelte'
import { Visibility } from './lib/state/visibility.svelte'
import { WallState } from './lib/state/wall.svelte'
import { WallsState } from './lib/state/walls.svelte'
import { Beat } from './lib/window/beat'
import { WindowMenu } from './lib/window/menu'
import { storeInWindow } from './lib/window/save'

/** Everything that the components share, made once and handed down. */
export interface World {
  readonly net: Net
  readonly route: RouteState
  readonly server: ServerState
  readonly walls: WallsState
  readonly live: LiveClient
  readonly link: LinkState
  readonly wall: WallState
  readonly swap: SwapState
  readonly speech: SpeechState
  readonly ticker: Ticker
  readonly visibility: Visibility
  readonly inventory: InventoryApi
  readonly devices: DeviceNames
  readonly tiles: TileConfig
  /** The tiles that are on the screen. */
  readonly board: Board
  readonly care: Care
  readonly options: Options
  /** What the page before this one has left; null: nothing. */
  readonly kept: Kept | null
  readonly transport: 'socket' | 'stream'
  /** Whether this page is in our own window. */
  readonly inWindow: boolean
  /** What tells our window that the page lives; null in a browser. */
  readonly beat: Beat | null
  readonly menu: WindowMenu
  readonly kiosk: Kiosk
  /** Where the reader's files go. */
  readonly store: Store
  /** Shows another wall on this screen, and remembers that. */
  readonly choose: (wall: string) => void
}

/** How the page reaches the server. */
export interface Net {
  readonly fetch: Fetch
  readonly random: () => number
}

export interface WorldConfig {
  readonly net: Net
  readonly newLive: (transport: World['transport']) => LiveClient
  readonly place: Window
  readonly languages: readonly string[]
  readonly reload: () => void
}

/** What a call of our own interface may take. */
const timeoutMs = 4000
/** Changes wait for devices that are asked. */
const longTimeoutMs = 30_000

export function newWorld({ net, newLive, place, languages, reload }: WorldConfig): World {
  const options = optionsFrom(place.location.search)
  const storage = storageOf(place)
  const kept = storage === undefined ? null : takeKept(storage, Date.now())
  const calls = { fetch: net.fetch, timeoutMs }
  const inWindow = isWindow(place.location)
  const transport = inWindow ? 'stream' : 'socket'

  const route = new RouteState(place)
  const server = new ServerState({ api: new ApiClient(calls), random: net.random, before: listOf(kept?.cameras) as readonly Camera[] | null })
  const walls = new WallsState({ api: new WallsApi(calls), before: listOf(kept?.walls) as readonly Wall[] | null })
  const live = newLive(transport)
  live.setBudget(options.budget)
  const link = new LinkState(live, server)
  const swap = new SwapState()
  const wall = new WallState({ panels: options.panels, remembered: recall('wall'), swaps: swap })
  const inventory = new InventoryApi({ fetch: net.fetch, timeoutMs: longTimeoutMs })
  const board = new Board()
  const care = new Care({ live, link, board, server, walls, random: net.random, storage, fetch: net.fetch, address: () => place.location.pathname, reload })
  const now = (): number => place.performance.now()
  return {
    net, route, server, walls, live, link, wall, swap, inventory, board, options, kept, transport, inWindow, care,
    beat: inWindow ? new Beat({ fetch: net.fetch, now, frame: (callback) => void place.requestAnimationFrame(callback), hidden: () => place.document.hidden, shown: () => board.all.some(({ tile }) => tile.sight.pictureTime !== null), handOn: () => care.handOn() }) : null,
    menu: new WindowMenu(),
    kiosk: new Kiosk({ fetch: net.fetch, now, gone: () => link.gone, onReady: () => link.askNow(), sure: inWindow }),
    store: inWindow ? storeInWindow(net.fetch) : storeInBrowser(place.document),
    speech: new SpeechState(languages, options.language),
    ticker: new Ticker(),
    visibility: new Visibility(),
    devices: new DeviceNames(inventory),
    tiles: { live, prefer: options.prefer },
    choose(name) {
      if (route.page === 'kiosk') {
        route.go('kiosk', null, name)
        return
      }
      remember('wall', name)
      route.go('wall', null, name)
    },
  }
}

/** The world of a page in a browser or in our window. */
export function browserWorld(): World {
  return newWorld({
    net: { fetch: (address, init) => fetch(address, init), random: Math.random },
    newLive: (transport) => new LiveClient({ address: '', transport, world: browserLiveWorld() }),
    place: window,
    languages: navigator.languages,
    reload: () => location.reload(),
  })
}

/** Lists of the same page before it was loaded anew; anything else is none. */
function listOf(list: unknown): readonly unknown[] | null {
  return Array.isArray(list) ? list : null
}

/** Even to ask for it is refused in some browsers. */
function storageOf(place: Window): Storage | undefined {
  try {
    return place.sessionStorage
  } catch {
    return undefined
  }
}
