import type { Camera } from '../api/camera'
import type { Fetch } from '../api/fetch'
import { stillAddress, streamAddress, type Transport } from '../live/address'
import type { Size } from '../live/ladder'
import type { Painter, Waiting } from '../live/painter'
import { Rate } from '../live/rate'
import type { Source, SourceEvent } from '../live/source'
import { StillsSource, type TurnTable } from '../live/stills'
import { StreamSource } from '../live/stream'
import type { Phase } from './view'

/** What tiles need from the world; the same for all of them. */
export interface TileConfig {
  readonly fetch: Fetch
  readonly random: () => number
  readonly turns: TurnTable
  /** A picture or an account came from the server. */
  readonly onHeard: () => void
  /** A connection was lost: is the server still there? */
  readonly onLost: () => void
}

/** What was measured of the pictures that were painted. */
export interface Figures {
  readonly fps: number
  readonly paintDelayMs: number
  readonly size: string
}

const noFigures: Figures = { fps: 0, paintDelayMs: 0, size: '' }

/** One tile: reads its camera's pictures, has them painted, and knows how old the newest is. */
export class TileState {
  readonly #config: TileConfig
  #phase = $state.raw<Phase>({ kind: 'starting', since: Date.now() })
  #pictureTime = $state<number | null>(null)
  #seq = $state<number | null>(null)
  #figures = $state.raw<Figures>(noFigures)
  #painter: Painter | null = null
  #offeredSeq: number | null = null
  readonly #rate = new Rate(3000)

  constructor(config: TileConfig) {
    this.#config = config
  }

  get phase(): Phase {
    return this.#phase
  }

  /** When the newest painted picture was taken, in unix milliseconds by the local clock; null before the first. */
  get pictureTime(): number | null {
    return this.#pictureTime
  }

  /** Number of the newest painted picture, null when the server does not number them. */
  get seq(): number | null {
    return this.#seq
  }

  get figures(): Figures {
    return this.#figures
  }

  /** Pictures go to this painter from now on. */
  paintWith(painter: Painter): void {
    this.#painter = painter
  }

  /** To be called for each picture that is on the canvas. */
  painted({ info, at }: Waiting): void {
    const now = performance.now()
    this.#pictureTime = Date.now() - (now - at) - info.ageMs
    this.#seq = info.seq
    this.#rate.count(now)
    this.#figures = { fps: this.#rate.perSecond(now), paintDelayMs: now - at, size: info.size }
  }

  /** Reads pictures of the size until the returned function is called. */
  start(camera: Pick<Camera, 'id' | 'streams'>, size: Size, transport: Transport): () => void {
    const end = new AbortController()
    this.#offeredSeq = null
    if (this.#phase.kind === 'paused') this.#phase = { kind: 'starting', since: Date.now() }
    void this.#source(camera, size, transport, end.signal).run(end.signal)
    return () => end.abort()
  }

  /** Nobody looks: nothing is read. */
  pause(since: number): void {
    this.#phase = { kind: 'paused', since }
  }

  #source(camera: Pick<Camera, 'id' | 'streams'>, size: Size, transport: Transport, signal: AbortSignal): Source {
    const { fetch, random, turns } = this.#config
    const world = {
      fetch, random, now: () => performance.now(),
      onEvent: (event: SourceEvent): void => {
        if (!signal.aborted) this.#take(event)
      },
    }
    switch (transport) {
      case 'stream': {
        const fps = Math.min(...camera.streams.map((stream) => stream.fps).filter((rate) => rate > 0), 1000)
        return new StreamSource({ ...world, address: streamAddress(camera.id, size), fps: fps === 1000 ? 0 : fps })
      }
      case 'stills':
        return new StillsSource({ ...world, address: stillAddress(camera.id, size), turns })
      default:
        return transport satisfies never
    }
  }

  #take(event: SourceEvent): void {
    switch (event.kind) {
      case 'picture':
        this.#config.onHeard()
        this.#phase = { kind: 'delivering', info: event.info }
        this.#offer(event)
        break
      case 'refused':
        this.#config.onHeard()
        this.#phase = { kind: 'refused', problem: event.problem }
        break
      case 'lost':
        // Since when: the first of several failures counts.
        if (this.#phase.kind !== 'lost') this.#phase = { kind: 'lost', since: Date.now() }
        this.#config.onLost()
        break
      default:
        event satisfies never
    }
  }

  /**
   * Only live pictures are painted: what the server draws for a camera that is away is for viewers without a page, and
   * says in the picture what the tile says in the reader's language. A picture that is on the canvas is not painted twice.
   */
  #offer({ jpeg, info, at }: Extract<SourceEvent, { kind: 'picture' }>): void {
    if (info.state !== 'live' || (info.seq !== null && info.seq === this.#offeredSeq)) return
    this.#offeredSeq = info.seq
    this.#painter?.offer({ jpeg, info, at })
  }
}
