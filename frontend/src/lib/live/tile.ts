import { FormatChoice, type Abilities } from './choice'
import { Easel } from './easel'
import { Feed } from './feed'
import type { Caption } from './path'
import type { PictureMessage, WireWant } from './protocol'
import { Reports } from './reports'
import { Restarts } from './restarts'
import { Sighting } from './sighting'
import { rateOf, Stall } from './stall'
import type { Status } from './status'
import type { TileHost } from './tile-host'
import { otherThan, wireWant } from './wire-want'
import type { Refusal, TileSight, View, Want, Watch } from './watch'

/** A tile that is being resized asks for its new size when it has come to rest. */
const restMs = 150

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
  readonly #reports = new Reports()
  readonly #stall = new Stall()
  #resting = false
  readonly #restarts = new Restarts()

  constructor(host: TileHost, want: Want, canvas: HTMLCanvasElement, onChange: (sight: TileSight) => void) {
    this.#host = host
    this.#want = want
    this.#easel = new Easel(canvas, want.fit)
    this.#feed = new Feed({
      world: host.world, easel: this.#easel, stage: host.stage, onSettled: () => host.settled(), copies: () => this.#copies,
      onPainted: (caption) => this.#onPainted(caption), onFailed: (why) => this.#onFailed(why),
      ageOf: (arrived) => (host.clock.known ? host.world.now() - host.clock.local(arrived) : null),
    })
    this.#sighting = new Sighting({ world: host.world, clock: () => host.clock, feed: this.#feed, why: () => this.#choice?.why(this.#want.prefer) || this.#sighting.serverWhy, onChange })
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
    this.#stall.reset()
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
    if (status.state !== 'live') this.#stall.reset()
  }

  refused(refusal: Refusal): void {
    this.#sighting.refused(refusal)
    this.#stall.reset()
  }

  /** How many pictures a second should be painted, 0 unknown; null: none at the moment. */
  get due(): number | null {
    return this.#id === 0 || this.#resting || this.#feed.waitsForScreen ? null : rateOf(this.#sighting.sight, this.#want)
  }

  /** It should move, and does not. */
  get stalled(): boolean {
    return this.due !== null && this.#stall.stalled
  }

  picture(message: PictureMessage): void {
    this.#stall.came = true
    this.#feed.take(message)
  }

  /** Nobody looks, or somebody does again. */
  rest(hidden: boolean): void {
    this.#resting = hidden
    this.#stall.reset()
    this.#feed.interrupt()
    this.#sighting.rest(hidden)
    this.#restart()
  }

  /** Some times a second. */
  tick(now: number): void {
    if (this.#closed) return
    const slow = this.#feed.tick(now)
    if (slow && this.#asksForCoded && this.#host.mayFall(now)) {
      this.#choice?.fall('slow', now)
      this.#change()
    }
    if (this.#choice?.rested(now) === true) this.#change()
    if (this.#sizePending && now - this.#sizedAt >= restMs) this.#change()
    if (this.#restarts.pending) this.#restart()
    this.#care(now)
    this.#sighting.tick(now)
    this.#report(now)
  }

  change(want: Partial<Want>): void {
    if (this.#closed) return
    if (want.camera !== undefined && want.camera !== this.#want.camera) this.#stall.reset()
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
    if (this.#id !== 0) this.#ask()
  }

  /** Makes the tile known to the server by its number. */
  #ask(): void {
    this.#asked = this.#wire()
    this.#sizePending = false
    this.#reports.forget()
    this.#restarts.forget()
    this.#host.send({ type: 'watch', tile: this.#id, ...this.#asked })
    this.#host.begun(this)
    this.#sighting.phase('waiting')
  }

  /** The same once more, from the beginning. */
  #renew(): void {
    this.#host.send({ type: 'unwatch', tile: this.#id })
    this.#feed.beginAnew()
    this.#id = this.#host.renew(this)
    this.#ask()
  }

  #end(): void {
    this.#crowded = false
    this.#stall.reset()
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
    const other = otherThan(asked, wanted)
    if (Object.keys(other).length === 0) return
    this.#asked = wanted
    this.#host.send({ type: 'change', tile: this.#id, ...other })
  }

  #wire(): WireWant {
    return wireWant(this.#want, this.#easel.view, this.#choice?.formats(this.#want.prefer) ?? ['jpeg'])
  }

  get #asksForCoded(): boolean {
    return this.#asked !== null && this.#asked.formats[0] !== 'jpeg'
  }

  /** Helps a tile that should move and does not, whatever the reason is. */
  #care(now: number): void {
    const help = this.#stall.tick(now, this.due)
    if (help === '') return
    // Pictures that come and are not painted are the decoder's fault.
    const coded = this.#asksForCoded && this.#sighting.sight.status?.format !== 'jpeg'
    if (coded && this.#stall.came) this.#choice?.failed('error', now)
    if (help === 'renew') {
      this.#renew()
      return
    }
    this.#feed.interrupt()
    this.#host.settled()
    this.#change()
    if (coded) this.#restart()
  }

  /** Asks for a key unit, now or as soon as the server takes that. */
  #restart(): void {
    const possible = this.#id !== 0 && !this.#resting && this.#asksForCoded
    if (this.#restarts.take(possible, this.#host.world.now())) this.#host.send({ type: 'restart', tile: this.#id })
  }

  #onPainted(caption: Caption): void {
    this.#stall.reset()
    this.#sighting.painted(caption)
  }

  #onFailed(why: 'unsupported' | 'error'): void {
    if (this.#id === 0 || this.#choice === null) return
    if (this.#choice.failed(why, this.#host.world.now())) {
      this.#restart()
    } else {
      this.#change()
    }
  }

  /** What the server can't know: what is seen here. */
  #report(now: number): void {
    if (this.#id === 0 || this.#sighting.sight.phase !== 'told') return
    const unchangedSince = this.#sighting.unchangedForServer
    if (!this.#reports.due(now, unchangedSince)) return
    this.#host.send({ type: 'report', tile: this.#id, unchangedSince, ...this.#feed.report })
  }
}
