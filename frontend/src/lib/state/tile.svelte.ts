import type { LiveClient, TileSight, View, Want, Watch } from '../live/client'
import { noFigures, wholeView } from '../live/watch'
import type { Hold } from './view'

/** What tiles need from the world; the same for all of them. */
export interface TileConfig {
  readonly live: Pick<LiveClient, 'watch'>
  /** How pictures are to come. */
  readonly prefer: Want['prefer']
}

export interface TileShows {
  /** Of the place on the wall. */
  readonly slot: string
  readonly camera: string
  readonly stream: string
  readonly fit: Want['fit']
}

/** Device pixels. */
export interface Pixels {
  readonly width: number
  readonly height: number
}

/** How much a tile is looked at: wholly, not at all for a moment (one picture a second), not for long. */
export type Attention = 'full' | 'low' | 'none'

const nothing: TileSight = {
  phase: 'waiting', status: null, refusal: null, pictureTime: null, live: false, unchangedSince: null, reduced: '', figures: noFigures,
}

/** One camera on one canvas: watches it as long as it is wanted, and says what is to be seen. */
export class TileState {
  readonly #config: TileConfig
  readonly since = Date.now()
  #shows = $state.raw<TileShows>() as TileShows
  #sight = $state.raw<TileSight>(nothing)
  #hold = $state.raw<Hold | null>(null)
  #sounding = $state(false)
  #watch: Watch | null = null
  #canvas: HTMLCanvasElement | null = null
  #size: Pixels | null = null
  #view: View = wholeView
  #attention: Attention = 'full'
  #running = false

  constructor(config: TileConfig, shows: TileShows) {
    this.#config = config
    this.#shows = shows
  }

  get sight(): TileSight {
    return this.#sight
  }

  get camera(): string {
    return this.#shows.camera
  }

  /** The id of its place on the wall. */
  get slot(): string {
    return this.#shows.slot
  }

  /** What an operator has done to it; null: it plays. */
  get hold(): Hold | null {
    return this.#hold
  }

  get sounding(): boolean {
    return this.#sounding
  }

  /** Whether all of its pictures are wanted now. */
  get attentive(): boolean {
    return this.#attention === 'full' && this.#hold === null
  }

  /** The canvas with the tile's pixels; null until it is there. */
  get canvas(): HTMLCanvasElement | null {
    return this.#canvas
  }

  /** Pictures go to this canvas until the returned function is called. */
  paintOn(canvas: HTMLCanvasElement): () => void {
    this.#canvas = canvas
    this.#begin()
    return () => {
      this.#silence()
      this.#watch?.close()
      this.#watch = null
      this.#running = false
      this.#canvas = null
    }
  }

  /** The tile's place, stream or fit is another; its camera never is. */
  show(shows: TileShows): void {
    const { slot, stream, fit } = this.#shows
    if (slot !== shows.slot || stream !== shows.stream || fit !== shows.fit) this.#shows = { ...shows, camera: this.camera }
    if (stream !== shows.stream || fit !== shows.fit) this.#watch?.change({ stream: shows.stream, fit: shows.fit })
  }

  /** The first size begins the watch. */
  resize(size: Pixels): void {
    this.#size = size
    if (this.#watch === null) this.#begin()
    else this.#watch.resize(size)
  }

  /** The part of the picture that is shown. */
  setView(view: View): void {
    this.#view = view
    this.#watch?.setView(view)
  }

  attend(attention: Attention): void {
    if (attention === this.#attention) return
    this.#attention = attention
    this.#watch?.change(this.#rate())
    this.#follow()
  }

  /** No pictures until it plays again; the last one stays. */
  stop(kind: Hold['kind']): void {
    this.#hold = { kind, since: Date.now() }
    this.#follow()
  }

  play(): void {
    this.#hold = null
    this.#follow()
  }

  /** To be called from a gesture: browsers are silent without one. */
  sound(on: boolean): void {
    this.#sounding = on
    this.#watch?.sound(on)
  }

  #begin(): void {
    if (this.#canvas === null || this.#size === null || this.#watch !== null) return
    const { camera, stream, fit } = this.#shows
    const want: Want = { camera, stream, fit, ...this.#size, ...this.#rate() }
    this.#canvas.width = this.#size.width
    this.#canvas.height = this.#size.height
    this.#watch = this.#config.live.watch(want, this.#canvas, (sight) => {
      this.#sight = sight
    })
    this.#running = true
    if (this.#view !== wholeView) this.#watch.setView(this.#view)
    this.#follow()
  }

  /** One picture a second is cheaper as a JPEG: a coded stream comes whole. */
  #rate(): Pick<Want, 'fps' | 'prefer'> {
    return this.#attention === 'low' ? { fps: 1, prefer: 'jpeg' } : { fps: 0, prefer: this.#config.prefer }
  }

  #follow(): void {
    if (this.#watch === null) return
    const wanted = this.#hold === null && this.#attention !== 'none'
    if (wanted === this.#running) return
    this.#running = wanted
    if (wanted) {
      this.#watch.start()
      return
    }
    this.#silence()
    this.#watch.stop()
  }

  /** What is not watched is not heard, also when it is watched again: that takes a gesture. */
  #silence(): void {
    if (this.#sounding) this.sound(false)
  }
}
