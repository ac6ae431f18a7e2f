import type { Fetch } from '../api/fetch'
import type { LiveClient } from '../live/client'
import type { Board } from './board.svelte'
import { Caretaker } from './caretaker'
import { keep, type Keeping } from './keepsake'
import { limited } from './limited'
import type { LinkState } from './link.svelte'
import type { ServerState } from './server.svelte'
import type { WallsState } from './walls.svelte'

export interface CareConfig {
  readonly live: Pick<LiveClient, 'reconnect' | 'onHello'>
  readonly link: LinkState
  readonly board: Board
  readonly server: ServerState
  readonly walls: WallsState
  readonly random: () => number
  /** Undefined where the browser keeps nothing for us. */
  readonly storage: Storage | undefined
  readonly fetch: Fetch
  /** Where this page is on the server. */
  readonly address: () => string
  readonly reload: () => void
}

/** What the page is used for now. */
export interface Use {
  readonly inUse: boolean
  readonly unattended: boolean
  readonly hidden: boolean
}

const storageKey = 'camwall.reloaded'
const everyMs = 500
/** The page is not there to be loaded now: so long until the next try. */
const againMs = 10_000
const fetchTimeoutMs = 5000
const handOnMs = 5000
/** What a kiosk shows in place of the page while the server is away asks for this itself; our page has it in scripts of its own. */
const noticeMark = '/kiosk/state'

/** Sees to it that the page goes on for weeks: it looks at the tiles, and begins anew where that is needed. */
export class Care {
  readonly #config: CareConfig
  readonly #caretaker: Caretaker
  #reloading = false
  #nextReload = -Infinity

  constructor(config: CareConfig) {
    this.#config = config
    this.#caretaker = new Caretaker({ startedAt: Date.now(), reloadedAt: reloadedAt(config.storage), random: config.random })
  }

  /** Looks twice a second until the returned function is called. */
  start(use: () => Use): () => void {
    const leave = this.#config.live.onHello(({ page }) => this.#caretaker.hello(page))
    const timer = setInterval(() => void this.#look(use()), everyMs)
    return () => {
      clearInterval(timer)
      leave()
    }
  }

  async #look(use: Use): Promise<void> {
    const { board, link, live } = this.#config
    const moving = board.all.filter(({ tile, view }) => tile.attentive && view.kind !== 'paused' && shouldMove(tile.sight.status))
    const painted = moving.map(({ tile }) => tile.sight.pictureTime).filter((time) => time !== null)
    const care = this.#caretaker.look({
      now: Date.now(), up: link.up, moving: moving.length > 0, paintedAt: painted.length > 0 ? Math.max(...painted) : null, ...use,
    })
    switch (care) {
      case 'ask':
        live.reconnect()
        break
      case 'reload':
        await this.beginAnewIfThere()
        break
      case 'nothing':
        break
      default:
        care satisfies never
    }
  }

  /** Only to a page that is there: what is on the screen is better than an error of the browser. */
  async beginAnewIfThere(): Promise<void> {
    if (this.#reloading || Date.now() < this.#nextReload) return
    this.#reloading = true
    if (!await this.#isThere()) {
      this.#reloading = false
      this.#nextReload = Date.now() + againMs
      return
    }
    await this.beginAnew()
  }

  /** Loads the page anew, whatever is there. */
  async beginAnew(): Promise<void> {
    this.#reloading = true
    // Without its pictures the next page begins empty.
    await limited(this.handOn(), handOnMs)
    this.#config.reload()
  }

  async #isThere(): Promise<boolean> {
    const { fetch, address } = this.#config
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), fetchTimeoutMs)
    try {
      const response = await fetch(address(), { cache: 'no-store', signal: late.signal })
      const text = await response.text()
      return response.status === 200 && !text.includes(noticeMark)
    } catch {
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  /** The next page begins with these pictures, so that there is no gap to be seen. */
  async handOn(): Promise<void> {
    const { storage, board, server, walls } = this.#config
    if (storage === undefined) return
    noteReload(storage)
    const tiles = board.all.map(({ tile }): Keeping | null => {
      const { canvas, sight, camera } = tile
      return canvas === null || sight.pictureTime === null ? null : { camera, time: sight.pictureTime, canvas }
    })
    // Another version of the page reads its lists itself.
    const lists = this.#caretaker.outdated ? { cameras: null, walls: null } : { cameras: server.cameras, walls: walls.walls }
    await keep(storage, tiles.filter((tile) => tile !== null), lists, Date.now())
  }
}

function noteReload(storage: Storage): void {
  try {
    storage.setItem(storageKey, String(Date.now()))
  } catch {
    // Without it the page may begin anew more often than it should.
  }
}

/** Cameras that send less than a picture a second prove nothing. */
function shouldMove(status: { readonly state: string; readonly fps: number } | null): boolean {
  return status?.state === 'live' && (status.fps === 0 || status.fps >= 1)
}

function reloadedAt(storage: Storage | undefined): number | null {
  try {
    const at = Number(storage?.getItem(storageKey) ?? '')
    return at > 0 ? at : null
  } catch {
    return null
  }
}
