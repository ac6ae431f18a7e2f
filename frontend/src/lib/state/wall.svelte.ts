import type { Camera } from '../api/camera'
import type { Wall } from '../api/walls'
import { evenLayout, layoutOf, neighbour, singleLayout, swapped, type Direction, type Layout, type Slot, type Swaps } from './layout'
import { byId } from './lookup'
import { panelsFor, type Panels } from './panels'
import { Rotation } from './rotation.svelte'
import { allCameras } from './route.svelte'
import { Turns } from './turns'

export type { Direction } from './layout'

/** What is to be shown: the operator's choice, the wall of a kiosk, or one camera. */
export type Shows =
  /** The name of a wall, allCameras, or empty for no choice. */
  | { readonly kind: 'chosen'; readonly name: string }
  | { readonly kind: 'wall'; readonly name: string }
  | { readonly kind: 'camera'; readonly id: string }

/** A tile that has to be there: seen, under an enlarged one, or of the page that is next. */
export interface Placed {
  readonly slot: Slot
  readonly role: 'shown' | 'covered' | 'prepared'
}

export interface WallConfig {
  readonly panels: Panels | null
  /** The wall that this screen showed last; empty = none. */
  readonly remembered: string
  readonly swaps: Swaps
}

/** Which tiles are on the screen, which has the focus, and what is open over them. */
export class WallState {
  readonly #remembered: string
  readonly #swaps: Swaps
  #panels = $state<Panels | null>(null)
  #cameras = $state.raw<readonly Camera[]>([])
  #walls = $state.raw<readonly Wall[] | null>(null)
  #shows = $state.raw<Shows>({ kind: 'chosen', name: '' })
  readonly #pages = new Rotation()
  /** Of the cameras of each place. */
  readonly turns = new Turns()
  #focus = $state('')
  #enlarged = $state<string | null>(null)
  #moves = $state(0)
  /** Nothing takes turns while a person looks at it. */
  held = $state(false)
  /** The screen is small and upright: the tiles stand below each other. */
  column = $state(false)
  information = $state(false)
  help = $state(false)
  /** Something is open over the wall that takes the keyboard: an editor, a dialog, a search. */
  busy = $state(false)

  constructor({ panels, remembered, swaps }: WallConfig) {
    this.#panels = panels
    this.#remembered = remembered
    this.#swaps = swaps
  }

  /** Without a choice: as many as hold all cameras. */
  readonly panels: Panels = $derived(this.#panels ?? panelsFor(this.#cameras.length))

  readonly #byId: ReadonlyMap<string, Camera> = $derived(byId(this.#cameras))

  /** The wall that is shown; null while that is all cameras, one camera, or nothing. */
  readonly wall: Wall | null = $derived.by(() => {
    const walls = this.#walls ?? []
    const { kind } = this.#shows
    if (kind === 'camera') return null
    const named = (name: string): Wall | null => walls.find((wall) => wall.name === name) ?? null
    if (kind === 'wall' || this.#shows.name !== '') return named(this.#shows.name)
    return this.#remembered === allCameras ? null : (named(this.#remembered) ?? walls[0] ?? null)
  })

  /** The wall that is asked for and is not there; null when none is missed. */
  readonly missing: string | null = $derived.by(() => {
    if (this.#walls === null || this.wall !== null || this.#shows.kind === 'camera') return null
    return this.#shows.name === '' || this.#shows.name === allCameras ? null : this.#shows.name
  })

  /** Null while it is not known what there is, or there is none. */
  readonly layout: Layout | null = $derived.by(() => {
    if (this.#shows.kind === 'camera') return singleLayout(this.#shows.id)
    if (this.wall !== null) return layoutOf(this.wall)
    if (this.missing !== null || this.#walls === null) return null
    return evenLayout('', this.#cameras.map(({ id }) => id), this.panels)
  })

  readonly pages: number = $derived(this.layout?.pages.length ?? 1)

  /** From 0. A wall that has become shorter takes the last page that is left. */
  readonly page: number = $derived(Math.min(this.#pages.index, this.pages - 1))

  readonly pageTitle: string = $derived(this.layout?.pages[this.page]?.title ?? '')

  /** The places of this page with what is shown in them; empty ones too. */
  readonly slots: readonly Slot[] = $derived(this.#slotsOf(this.page))

  /** Those with something to show. */
  readonly tiles: readonly Slot[] = $derived(this.slots.filter(({ cameras }) => cameras.length > 0))

  /** The place that fills the screen; null when none does, or when it is no longer there. */
  readonly enlarged: Slot | null = $derived(this.tiles.find(({ id }) => id === this.#enlarged) ?? null)

  /** The place with the focus; null on an empty page. */
  readonly focus: Slot | null = $derived(this.tiles.find(({ id }) => id === this.#focus) ?? this.tiles[0] ?? null)

  /** All tiles that have to be there, those of the next page when it is near. */
  readonly placed: readonly Placed[] = $derived.by(() => {
    const { enlarged } = this
    const now = this.tiles.map((slot): Placed => ({ slot, role: enlarged === null || slot.id === enlarged.id ? 'shown' : 'covered' }))
    const next = this.#pages.preparing
    if (next === null || next === this.page) return now
    const soon = this.#slotsOf(next).filter(({ key, cameras }) => cameras.length > 0 && !now.some(({ slot }) => slot.key === key))
    return [...now, ...soon.map((slot): Placed => ({ slot, role: 'prepared' }))]
  })

  /** Whether a place of this page wants the time of day to be seen. */
  readonly clock: boolean = $derived(this.tiles.some(({ overlay }) => overlay.clock))

  /** Whether pages or cameras take turns on what is shown. */
  readonly rotates: boolean = $derived((this.pages > 1 && (this.layout?.pages[this.page]?.dwellMs ?? 0) > 0) || this.tiles.some(({ cameras }) => cameras.length > 1))

  /** Whether somebody has said how many panels. */
  get chosen(): boolean {
    return this.#panels !== null
  }

  /** Whether all cameras are shown, in panels. */
  get even(): boolean {
    return this.wall === null && this.#shows.kind === 'chosen' && this.missing === null
  }

  get cameras(): readonly Camera[] {
    return this.#cameras
  }

  /** Null until they are known. */
  get walls(): readonly Wall[] | null {
    return this.#walls
  }

  /** How often the focus was moved by keys; the keyboard follows it. */
  get moves(): number {
    return this.#moves
  }

  /** Null when there is none of that id. */
  camera(id: string): Camera | null {
    return this.#byId.get(id) ?? null
  }

  setCameras(cameras: readonly Camera[]): void {
    this.#cameras = cameras
  }

  setWalls(walls: readonly Wall[] | null): void {
    this.#walls = walls
  }

  /** Shows something else from its first page on. */
  show(shows: Shows): void {
    const now = this.#shows
    if (JSON.stringify(now) === JSON.stringify(shows)) return
    this.#shows = shows
    this.#goTo(0)
  }

  /** To be called often. Nothing turns while nobody sees it, or while there are no pictures: the last ones would be gone. */
  tick(now: number, { seen, gone }: { readonly seen: boolean; readonly gone: boolean }): void {
    const dwellMs = this.layout?.pages[this.page]?.dwellMs ?? 0
    this.#pages.tick(now, { count: this.pages, dwellMs, held: this.held || !seen || gone || this.busy || this.enlarged !== null })
  }

  choosePanels(panels: Panels): void {
    const before = this.focus?.id ?? ''
    const first = this.page * this.panels
    this.#panels = panels
    this.#goTo(Math.floor(first / panels))
    this.#focus = before
  }

  /** A hand or the browser has come to a tile. */
  focusOn(id: string): void {
    this.#focus = id
    this.#moves = Math.max(1, this.#moves)
  }

  /** Stops at the edges. While a tile is enlarged the next one takes its place. */
  move(direction: Direction): void {
    this.#moves++
    if (this.focus === null) return
    const next = neighbour(this.tiles, this.focus, direction)
    if (next === null) return
    this.#focus = next.id
    if (this.enlarged !== null) this.#enlarged = next.id
  }

  /** The tile with the focus fills the screen, or goes back to its place. */
  toggleEnlarged(): void {
    this.#enlarged = this.enlarged === null ? (this.focus?.id ?? null) : null
  }

  /** Closes what is open, the topmost first. Returns false when nothing was. */
  back(): boolean {
    if (this.help) {
      this.help = false
    } else if (this.enlarged !== null) {
      this.#enlarged = null
    } else {
      return false
    }
    return true
  }

  /** Round a wall that rotates; from end to end otherwise. */
  turnPage(by: 1 | -1): void {
    const page = this.page + by
    const round = this.rotates
    if (!round && (page < 0 || page >= this.pages)) return
    this.#goTo((page + this.pages) % this.pages)
  }

  #slotsOf(page: number): readonly Slot[] {
    return swapped(this.layout?.pages[page]?.slots ?? [], this.#swaps)
  }

  #goTo(page: number): void {
    this.#pages.go(page)
    this.#focus = ''
    this.#enlarged = null
  }
}
