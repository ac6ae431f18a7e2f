import type { ServerClock } from './clock'
import type { Feed } from './feed'
import type { Caption } from './path'
import type { Status } from './status'
import { noFigures, type Refusal, type TileSight, type Why } from './watch'
import type { LiveWorld } from './world'

export interface SightingConfig {
  readonly world: LiveWorld
  readonly clock: () => ServerClock
  readonly feed: Feed
  /** Why pictures do not come as the camera sends them. */
  readonly why: () => Why
  readonly onChange: (sight: TileSight) => void
}

/** Figures and times are told so often. */
const figuresMs = 240

/**
 * What can truly be said of a tile. Nothing is called live but a painted picture of the wanted camera that came while
 * the camera was live, over a connection that is there.
 */
export class Sighting {
  readonly #config: SightingConfig
  #sight: TileSight = {
    phase: 'waiting', status: null, refusal: null, pictureTime: null, live: false, unchangedSince: null, reduced: '', figures: noFigures,
  }
  #camera = ''
  /** Pictures up to this one are older than what was told last. */
  #staleUpTo = 0
  /** A picture of those that count is painted. */
  #fresh = false
  #resting = false
  #pictureTime: number | null = null
  #toldAt = -Infinity

  constructor(config: SightingConfig) {
    this.#config = config
  }

  get sight(): TileSight {
    return this.#sight
  }

  /** The camera that is wanted: of another one nothing is told. */
  set camera(id: string) {
    if (id.toLowerCase() === this.#camera) return
    const first = this.#camera === ''
    this.#camera = id.toLowerCase()
    if (first) return
    const { phase } = this.#sight
    this.#pictureTime = null
    this.#fresh = false
    this.#set({ phase: phase === 'told' || phase === 'refused' ? 'waiting' : phase, status: null, refusal: null })
  }

  /** A phase in which nothing that is painted is live. */
  phase(phase: 'waiting' | 'stopped' | 'lost'): void {
    this.#fresh = false
    this.#staleUpTo = 0
    this.#set({ phase, refusal: null })
  }

  told(status: Status): void {
    if (!this.#isOurs(status.camera)) return
    if (status.state !== 'live') this.stale()
    this.#set({ phase: 'told', status, refusal: null })
  }

  refused(refusal: Refusal): void {
    this.stale()
    this.#set({ phase: 'refused', refusal })
  }

  /** Nobody looks: what is painted grows old. */
  rest(hidden: boolean): void {
    this.#resting = hidden
    this.stale()
  }

  /** What is painted, or on its way to be, is not of now. */
  stale(): void {
    this.#fresh = false
    this.#staleUpTo = this.#config.feed.acks.highest
    if (this.#sight.live) this.#set({})
  }

  painted(caption: Caption): void {
    const camera = this.#config.feed.paintedCamera
    if (camera === null || !this.#isOurs(camera)) return
    const { world } = this.#config
    const arrived = caption.arrived > 0 ? this.#config.clock().local(caption.arrived) : caption.receivedAt
    const first = this.#pictureTime === null
    this.#pictureTime = world.date() - (world.now() - Math.min(arrived, world.now()))
    const fresh = !caption.last && caption.seq > this.#staleUpTo
    const news = first || (fresh && !this.#fresh)
    this.#fresh ||= fresh
    if (news) this.#set({})
  }

  tick(now: number): void {
    if (now - this.#toldAt >= figuresMs) this.#set({})
  }

  /** Why the server sends JPEG although more was accepted. */
  get serverWhy(): Why {
    return this.#sight.status?.why ?? ''
  }

  /** Since when decoded pictures are identical, as the server's time of day. */
  get unchangedForServer(): number | null {
    const since = this.#ownUnchanged()
    const day = since === null ? null : this.#config.clock().dateOfLocal(this.#config.clock().local(since))
    return day === null ? null : Math.round(day)
  }

  #ownUnchanged(): number | null {
    return this.#config.feed.unchanged.since((this.#sight.status?.unchangedAfter ?? 0) * 1000)
  }

  /** Who decodes looks: the server for JPEG, we for coded pictures. What it says holds until we have seen a change. */
  #unchangedSince(): number | null {
    const { status } = this.#sight
    if (status?.state !== 'live') return null
    if (status.format === 'jpeg') return status.unchangedSince
    const own = this.#ownUnchanged()
    if (own !== null) return Math.round(this.#dateOf(own))
    const { changed } = this.#config.feed.unchanged
    return status.unchangedSince !== null && (changed === null || this.#dateOf(changed) < status.unchangedSince) ? status.unchangedSince : null
  }

  #dateOf(clock: number): number {
    const { world } = this.#config
    return world.date() - world.now() + this.#config.clock().local(clock)
  }

  #isOurs(camera: string): boolean {
    return camera.toLowerCase() === this.#camera
  }

  /** Tells only what is other than before. */
  #set(part: Partial<TileSight>): void {
    this.#toldAt = this.#config.world.now()
    const old = this.#sight
    this.#sight = { ...old, ...part }
    const { phase, status } = this.#sight
    const told = phase === 'told' ? status : null
    const figures = { ...this.#config.feed.figures, why: this.#config.why() }
    this.#sight = {
      ...this.#sight,
      pictureTime: this.#pictureTime,
      live: this.#fresh && !this.#resting && told?.state === 'live',
      unchangedSince: told === null ? null : this.#unchangedSince(),
      reduced: told?.reduced ?? '',
      figures: same(figures, old.figures) ? old.figures : figures,
    }
    if (same(this.#sight, old)) {
      this.#sight = old
      return
    }
    this.#config.onChange(this.#sight)
  }
}

function same(a: object, b: object): boolean {
  return Object.entries(a).every(([name, value]) => value === Reflect.get(b, name))
}
