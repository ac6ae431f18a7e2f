import type { Camera } from '../api/camera'
import type { Fetch } from '../api/fetch'
import type { InventoryApi } from '../api/inventory'
import { PtzApi } from '../api/ptz'
import type { Problem } from '../api/result'
import type { Wall } from '../api/walls'
import type { Board } from '../state/board.svelte'
import type { Asks } from '../state/route.svelte'
import type { TileState } from '../state/tile.svelte'
import type { WallState } from '../state/wall.svelte'
import type { KeyContext, KeyTile } from './keys'
import { PtzHand } from './ptz-hand'
import { PtzState } from './ptz.svelte'
import { takeSnapshot, type Snapshot, type Store } from './snapshot'
import type { SwapState } from './swap.svelte'
import type { ZoomState } from './zoom.svelte'
import { Zooms } from './zooms'

/** What lies over the wall: one thing at a time. */
export type Open =
  | { readonly kind: 'nothing' | 'search' | 'walls' | 'new' | 'statistics' }
  | { readonly kind: 'edit'; readonly wall: Wall; readonly fresh: boolean }
  /** Of a place, asked for at a point of the page. */
  | { readonly kind: 'menu'; readonly slot: string; readonly x: number; readonly y: number }

/** What is said about something that was done. */
export type Notice =
  | { readonly kind: 'snapshotSaved' | 'snapshotShown'; readonly name: string }
  | { readonly kind: 'notKept'; readonly problem: Problem }
  | { readonly kind: 'snapshotNone' | 'retrying' | 'takenBack' | 'ptzCannot' | 'noSound' | 'saved' }
  | { readonly kind: 'problem'; readonly problem: Problem }

/** A camera that is being turned, in its place. */
export interface Turning {
  readonly slot: string
  readonly camera: string
  readonly ptz: PtzState
  readonly hand: PtzHand
}

export interface OperatorConfig {
  readonly swap: SwapState
  readonly board: Board
  readonly wall: WallState
  readonly inventory: Pick<InventoryApi, 'retry'>
  readonly fetch: Fetch
  /** Where pictures are kept. */
  readonly store: Store
  readonly page: Document
  readonly hasSound: boolean
}

/** What turns a camera has to be quick: a stop that comes late is a wrong stop. */
const ptzTimeoutMs = 8000
const noticeMs = 6000

/** The tools of the one who sits before the wall. They change what this screen shows, and nothing else. */
export class OperatorState {
  readonly #config: OperatorConfig
  readonly #end = new AbortController()
  #open = $state.raw<Open>({ kind: 'nothing' })
  /** Of what is open, where something may be lost with it. */
  #asks: Asks | null = null
  #notice = $state.raw<Notice | null>(null)
  #turning = $state.raw<Turning | null>(null)
  #noticeTimer: ReturnType<typeof setTimeout> | undefined
  readonly #zooms = new Zooms()

  constructor(config: OperatorConfig) {
    this.#config = config
  }

  get open(): Open {
    return this.#open
  }

  get notice(): Notice | null {
    return this.#notice
  }

  get turning(): Turning | null {
    return this.#turning
  }

  /** Whether keys and rotation are to leave the wall alone. */
  get busy(): boolean {
    return this.#open.kind !== 'nothing' || this.#turning !== null
  }

  get swap(): SwapState {
    return this.#config.swap
  }

  /** What is seen of the picture in a place: the same as long as the page lives. */
  zoomOf(slot: string): ZoomState {
    return this.#zooms.of(slot)
  }

  /** Whether all of the screen is covered: what lies below is not to be reached then. */
  get covers(): boolean {
    return this.#open.kind === 'edit' || this.#open.kind === 'statistics'
  }

  show(open: Open): void {
    if (this.#asks?.(() => this.show(open)) !== true) this.#set(open)
  }

  /** Whatever is open. Nothing is asked any more. */
  close(): void {
    this.#set({ kind: 'nothing' })
  }

  /** From now on what is open asks before it makes way for something else, until the returned function is called. */
  guard(asks: Asks): () => void {
    this.#asks = asks
    return () => {
      if (this.#asks === asks) this.#asks = null
    }
  }

  /** Closes what is open because another page comes; true: it asks first, and goes on by itself. */
  leave(go: () => void): boolean {
    if (this.#asks?.(go) === true) return true
    this.close()
    return false
  }

  say(notice: Notice): void {
    clearTimeout(this.#noticeTimer)
    this.#notice = notice
    this.#noticeTimer = setTimeout(() => (this.#notice = null), noticeMs)
  }

  /** What keys act on: the place with the focus. */
  keys(): KeyContext {
    const { swap, wall } = this.#config
    const slot = wall.focus?.id
    return {
      swap, cameras: wall.cameras, tile: slot === undefined ? null : this.#keyTile(slot),
      openSearch: () => this.show({ kind: 'search' }),
      edit: () => this.edit(),
      takeBack: () => this.takeBack(),
    }
  }

  /** Edits the wall that is shown; where that is none, or it can't be edited, shows which there are. */
  edit(): void {
    const { wall } = this.#config.wall
    if (wall !== null && !wall.provisioned) this.show({ kind: 'edit', wall, fresh: false })
    else this.show({ kind: wall === null && (this.#config.wall.walls ?? []).length === 0 ? 'new' : 'walls' })
  }

  takeBack(): boolean {
    const any = this.#config.swap.takeBack()
    if (any) this.say({ kind: 'takenBack' })
    return any
  }

  /** Keeps the picture of a place on the reader's disk. */
  async snapshot(slot: string): Promise<void> {
    const tile = this.#config.board.of(slot)
    if (tile === null) return
    const camera = this.#cameraOf(tile)
    const { fetch } = this.#config
    const taken = await takeSnapshot({ fetch, now: Date.now }, {
      id: tile.camera, name: camera?.name ?? '', number: camera?.number ?? 0, canvas: tile.canvas, pictureTime: tile.sight.pictureTime,
    })
    switch (taken.kind) {
      case 'none':
        this.say({ kind: 'snapshotNone' })
        break
      case 'full':
      case 'shown':
        await this.#keep(taken)
        break
      default:
        taken satisfies never
    }
  }

  /** One tile is heard at most. Called by a hand: browsers let a page sound only after one. */
  toggleSound(slot: string): void {
    const { board, hasSound } = this.#config
    const tile = board.of(slot)
    if (tile === null) return
    if (!hasSound) {
      this.say({ kind: 'noSound' })
      return
    }
    const on = !tile.sounding
    for (const { tile: other } of board.all) if (other !== tile && other.sounding) other.sound(false)
    tile.sound(on)
  }

  /** Turns the camera of a place by hand, or ends that. */
  togglePtz(slot: string): void {
    const before = this.#turning
    this.stopTurning()
    const tile = this.#config.board.of(slot)
    if (tile === null || before?.slot === slot) return
    if (this.#cameraOf(tile)?.ptz !== true) {
      this.say({ kind: 'ptzCannot' })
      return
    }
    const ptz = new PtzState({ api: new PtzApi({ fetch: this.#config.fetch, timeoutMs: ptzTimeoutMs }), camera: tile.camera })
    this.#turning = { slot, camera: tile.camera, ptz, hand: new PtzHand(ptz) }
  }

  stopTurning(): void {
    this.#turning?.ptz.close()
    this.#turning = null
  }

  /** To be called when the focus or what is shown has changed: only a camera that is in hand is turned. */
  settle(): void {
    const turning = this.#turning
    if (turning === null) return
    const { board, wall } = this.#config
    if (wall.focus?.id !== turning.slot || (board.of(turning.slot)?.camera ?? turning.camera) !== turning.camera) this.stopTurning()
  }

  /** Connects to the camera of a place now, whatever pause it is in. */
  async retry(slot: string): Promise<void> {
    const tile = this.#config.board.of(slot)
    if (tile === null) return
    const answer = await this.#config.inventory.retry(tile.camera, this.#end.signal)
    if (answer.kind === 'ok') this.say({ kind: 'retrying' })
    else if (answer.kind === 'error') this.say({ kind: 'problem', problem: answer.problem })
  }

  /** Ends all that is under way; a camera that turns is stopped. */
  end(): void {
    this.stopTurning()
    clearTimeout(this.#noticeTimer)
    this.#end.abort()
  }

  async #keep(taken: Exclude<Snapshot, { kind: 'none' }>): Promise<void> {
    const stored = await this.#config.store(taken.blob, taken.name)
    // Whoever has thought better of it needs no words.
    if (stored.kind === 'stored') this.say({ kind: taken.kind === 'full' ? 'snapshotSaved' : 'snapshotShown', name: stored.name })
    else if (stored.kind === 'failed') this.say({ kind: 'notKept', problem: stored.problem })
  }

  #set(open: Open): void {
    this.#asks = null
    this.#open = open
  }

  #cameraOf(tile: TileState): Camera | null {
    return this.#config.wall.camera(tile.camera)
  }

  #keyTile(slot: string): KeyTile {
    return {
      place: slot,
      zoom: this.zoomOf(slot),
      hand: this.#turning?.slot === slot ? this.#turning.hand : null,
      snapshot: () => void this.snapshot(slot),
      toggleSound: () => this.toggleSound(slot),
      togglePtz: () => this.togglePtz(slot),
      openMenu: () => this.#openMenu(slot),
    }
  }

  /** By a key: over the middle of the tile. */
  #openMenu(slot: string): void {
    const tiles = Array.from(this.#config.page.querySelectorAll<HTMLElement>('[data-slot]'))
    const box = tiles.find((tile) => tile.dataset['slot'] === slot)?.getBoundingClientRect()
    if (box !== undefined) this.show({ kind: 'menu', slot, x: box.x + box.width / 3, y: box.y + box.height / 3 })
  }
}
