import { FormatChoice, type Abilities } from './choice'
import type { ServerClock } from './clock'
import { Easel } from './easel'
import { Feed } from './feed'
import type { Caption } from './path'
import type { Command, PictureMessage, WireWant } from './protocol'
import { Sighting } from './sighting'
import type { Stage } from './stage'
import type { Status } from './status'
import type { Refusal, TileSight, View, Want, Watch } from './watch'
import type { LiveWorld } from './world'

/** What a tile needs of the connection that all share. */
export interface TileHost {
  readonly world: LiveWorld
  readonly stage: Stage
  readonly clock: ServerClock
  /** There was a connection, or there should be one. */
  readonly lost: boolean
  /** Does nothing without a connection. */
  send(command: Command): void
  /** A tile's acknowledgements have changed. */
  settled(): void
  /** A number for a new watch; 0 while there is no room, or no connection. */
  enter(tile: Tile): number
  leave(id: number): void
  /** True when this tile may go over to JPEG because it is too slow; not all of them at once. */
  mayFall(now: number): boolean
  sound(tile: Tile, on: boolean): void
  closed(tile: Tile): void
}

/** A tile that is being resized asks for its new size when it has come to rest. */
const restMs = 150
/** Who decodes tells what it sees. */
const reportMs = 2000
const [smallest, largest] = [16, 8192]

/** One tile: what it wants, what was told of it, and its pictures. */
export class Tile implements Watch {
  readonly #host: TileHost
  readonly #easel: Easel
  readonly #feed: Feed
  readonly #sighting: Sighting
  #choice: FormatChoice | null = null
  #want: Want
  /** Of the watch that the server knows; 0: none. */
  #id = 0
  #copies = false
  #crowded = false
  #stopped = false
  #closed = false
  #asked: WireWant | null = null
  #sizedAt = -Infinity
  #sizePending = false
  #reportedAt = 0
  #reported: number | null = null

  constructor(host: TileHost, want: Want, canvas: HTMLCanvasElement, onChange: (sight: TileSight) => void) {
    this.#host = host
    this.#want = want
    this.#easel = new Easel(canvas, want.fit)
    this.#feed = new Feed({
      world: host.world, easel: this.#easel, stage: host.stage,
      onPainted: (caption) => this.#onPainted(caption),
      onFailed: (why) => this.#onFailed(why),
      onSettled: () => host.settled(),
      copies: () => this.#copies,
      ageOf: (arrived) => (host.clock.known ? host.world.now() - host.clock.local(arrived) : null),
    })
    this.#sighting = new Sighting({ world: host.world, clock: () => host.clock, feed: this.#feed, why: () => this.#why(), onChange })
    this.#sighting.camera = want.camera
  }

  get sight(): TileSight {
    return this.#sighting.sight
  }

  get id(): number {
    return this.#id
  }

  get feed(): Feed {
    return this.#feed
  }

  /** There is a connection that knows nothing of this tile yet. */
  connected(abilities: Abilities): void {
    this.#choice ??= new FormatChoice(abilities)
    this.#copies = abilities.copies
    if (this.#id === 0) this.#begin()
  }

  disconnected(): void {
    this.#id = 0
    this.#crowded = false
    this.#feed.beginAnew()
    if (!this.#stopped) this.#sighting.phase('lost')
  }

  /** There is no room for this tile. */
  crowdedOut(refusal: Refusal): void {
    this.#crowded = true
    this.#sighting.refused(refusal)
  }

  get crowded(): boolean {
    return this.#crowded
  }

  told(status: Status): void {
    this.#feed.tell(status)
    this.#sighting.told(status)
  }

  refused(refusal: Refusal): void {
    this.#sighting.refused(refusal)
  }

  picture(message: PictureMessage): void {
    this.#feed.take(message)
  }

  /** Nobody looks, or somebody does again. */
  rest(hidden: boolean): void {
    this.#feed.interrupt()
    this.#sighting.rest(hidden)
    if (!hidden && this.#id !== 0 && this.#asked?.formats[0] !== 'jpeg') this.#host.send({ type: 'restart', tile: this.#id })
  }

  /** Some times a second. */
  tick(now: number): void {
    if (this.#closed) return
    const slow = this.#feed.tick(now)
    if (slow && this.#host.mayFall(now)) {
      this.#choice?.fall('slow', now)
      this.#change()
    }
    if (this.#choice?.rested(now) === true) this.#change()
    if (this.#sizePending && now - this.#sizedAt >= restMs) this.#change()
    this.#sighting.tick(now)
    this.#report(now)
  }

  change(want: Partial<Want>): void {
    if (this.#closed) return
    this.#want = { ...this.#want, ...want }
    this.#easel.setFit(this.#want.fit)
    this.#sighting.camera = this.#want.camera
    this.#change()
  }

  setView(view: View): void {
    if (this.#closed) return
    this.#easel.setView(view)
    this.#resized()
  }

  resize(size: { readonly width: number; readonly height: number }): void {
    if (this.#closed) return
    this.#easel.resize(size)
    this.#want = { ...this.#want, width: size.width, height: size.height }
    this.#resized()
  }

  stop(): void {
    if (this.#closed || this.#stopped) return
    this.#stopped = true
    this.#end()
    this.#sighting.phase('stopped')
  }

  start(): void {
    if (this.#closed || !this.#stopped) return
    this.#stopped = false
    this.#sighting.phase(this.#host.lost ? 'lost' : 'waiting')
    this.#begin()
  }

  sound(on: boolean): void {
    if (!this.#closed) this.#host.sound(this, on)
  }

  close(): void {
    if (this.#closed) return
    this.#end()
    this.#closed = true
    this.#easel.release()
    this.#host.closed(this)
  }

  #begin(): void {
    if (this.#closed || this.#stopped || this.#choice === null) return
    this.#crowded = false
    this.#id = this.#host.enter(this)
    if (this.#id === 0) return
    this.#asked = this.#wire()
    this.#sizePending = false
    this.#reported = null
    this.#host.send({ type: 'watch', tile: this.#id, ...this.#asked })
    this.#sighting.phase('waiting')
  }

  #end(): void {
    this.#crowded = false
    this.#host.sound(this, false)
    if (this.#id !== 0) {
      this.#host.send({ type: 'unwatch', tile: this.#id })
      this.#host.leave(this.#id)
      this.#id = 0
    }
    this.#feed.beginAnew()
  }

  /** The first of many changes of size is asked for at once, since it may be the only one. */
  #resized(): void {
    const now = this.#host.world.now()
    const only = now - this.#sizedAt > restMs && !this.#sizePending
    this.#sizedAt = now
    this.#sizePending = true
    if (only) this.#change()
  }

  /** Tells the server what is other than it knows. */
  #change(): void {
    this.#sizePending = false
    if (this.#id === 0 || this.#asked === null) return
    const [asked, wanted] = [this.#asked, this.#wire()]
    const other = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => (
      JSON.stringify(value) !== JSON.stringify(Reflect.get(asked, name))
    ))) as Partial<WireWant>
    if (Object.keys(other).length === 0) return
    this.#asked = wanted
    this.#host.send({ type: 'change', tile: this.#id, ...other })
  }

  #wire(): WireWant {
    const { camera, stream, width, height, fit, fps, prefer } = this.#want
    const { view } = this.#easel
    const pixels = (all: number, part: number): number => Math.min(Math.max(Math.round(all / part), smallest), largest)
    return {
      camera, stream, fit, fps, width: pixels(width, view.width), height: pixels(height, view.height),
      formats: this.#choice?.formats(prefer) ?? ['jpeg'],
    }
  }

  #why(): TileSight['figures']['why'] {
    return this.#choice?.why(this.#want.prefer) || this.#sighting.serverWhy
  }

  #onPainted(caption: Caption): void {
    this.#sighting.painted(caption)
  }

  #onFailed(why: 'unsupported' | 'error'): void {
    if (this.#id === 0 || this.#choice === null) return
    if (this.#choice.failed(why, this.#host.world.now())) {
      this.#host.send({ type: 'restart', tile: this.#id })
    } else {
      this.#change()
    }
  }

  /** What the server can't know: what is seen here. */
  #report(now: number): void {
    if (this.#id === 0 || this.#sighting.sight.phase !== 'told') return
    const { fps, delayP95Ms } = this.#feed.figures
    const unchangedSince = this.#sighting.unchangedForServer
    if (now - this.#reportedAt < reportMs && unchangedSince === this.#reported) return
    this.#reportedAt = now
    this.#reported = unchangedSince
    this.#host.send({ type: 'report', tile: this.#id, unchangedSince, fps, delay: delayP95Ms })
  }
}
