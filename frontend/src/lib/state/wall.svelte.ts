import type { Camera } from '../api/camera'
import type { Panels } from './panels'

export type Direction = 'left' | 'right' | 'up' | 'down'

/** Which cameras are on the wall, which has the focus, and what is open over it. */
export class WallState {
  #panels = $state<Panels | null>(null)
  #page = $state(0)
  #focus = $state(0)
  #enlarged = $state<string | null>(null)
  #cameras = $state.raw<readonly Camera[]>([])
  #moves = $state(0)
  information = $state(false)
  help = $state(false)

  constructor(panels: Panels | null) {
    this.#panels = panels
  }

  /** Without a choice: one for one camera, else four. */
  readonly panels: Panels = $derived(this.#panels ?? (this.#cameras.length === 1 ? 1 : 4))

  readonly pages: number = $derived(Math.max(1, Math.ceil(this.#cameras.length / this.panels)))

  /** From 0. A list that has become shorter takes the last page that is left. */
  readonly page: number = $derived(Math.min(this.#page, this.pages - 1))

  /** The camera that fills the wall; null when none does, or when it is no longer there. */
  readonly enlarged: Camera | null = $derived(this.#cameras.find((camera) => camera.id === this.#enlarged) ?? null)

  /** The cameras of this page, in order. */
  readonly onPage: readonly Camera[] = $derived(this.#cameras.slice(this.page * this.panels, (this.page + 1) * this.panels))

  /** The cameras that are shown now. */
  readonly shown: readonly Camera[] = $derived(this.enlarged === null ? this.onPage : [this.enlarged])

  /** Rows and columns. */
  readonly side: number = $derived(this.enlarged === null ? Math.sqrt(this.panels) : 1)

  /** Place on the page, from 0. */
  readonly focus: number = $derived(Math.max(0, Math.min(this.#focus, this.onPage.length - 1)))

  /** Whether somebody has said how many panels. */
  get chosen(): boolean {
    return this.#panels !== null
  }

  /** How often the focus was moved by keys; the keyboard follows it. */
  get moves(): number {
    return this.#moves
  }

  setCameras(cameras: readonly Camera[]): void {
    this.#cameras = cameras
  }

  choosePanels(panels: Panels): void {
    const first = this.page * this.panels
    this.#panels = panels
    this.#page = Math.floor(first / panels)
    this.#focus = first % panels
    this.#enlarged = null
  }

  focusOn(id: string): void {
    const place = this.onPage.findIndex((camera) => camera.id === id)
    if (place >= 0) this.#focus = place
  }

  /** Stops at the edges. While a camera is enlarged the next one takes its place. */
  move(direction: Direction): void {
    this.#moves++
    const side = Math.sqrt(this.panels)
    const column = this.focus % side
    switch (direction) {
      case 'left':
        if (column > 0) this.#focus = this.focus - 1
        break
      case 'right':
        if (column < side - 1) this.#focusIfThere(this.focus + 1)
        break
      case 'up':
        if (this.focus >= side) this.#focus = this.focus - side
        break
      case 'down':
        this.#focusIfThere(this.focus + side)
        break
      default:
        direction satisfies never
    }
    if (this.enlarged !== null) this.#enlarged = this.onPage[this.focus]?.id ?? null
  }

  /** The camera with the focus fills the wall, or goes back to its place. */
  toggleEnlarged(): void {
    this.#enlarged = this.enlarged === null ? (this.onPage[this.focus]?.id ?? null) : null
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

  turnPage(by: 1 | -1): void {
    const page = this.page + by
    if (page < 0 || page >= this.pages) return
    this.#page = page
    this.#focus = 0
    this.#enlarged = null
  }

  #focusIfThere(place: number): void {
    if (place < this.onPage.length) this.#focus = place
  }
}
