import { AckBook } from './ack-book'
import { CodedPath } from './coded-path'
import type { Easel } from './easel'
import { FrameCopier } from './frame-copy'
import type { Decoded, JpegDecoder } from './jpeg'
import { JpegPath } from './jpeg-path'
import { Lagging } from './lagging'
import type { Caption, Path, PathOut } from './path'
import type { PictureMessage } from './protocol'
import { Rate } from './rate'
import type { Stage } from './stage'
import type { Status } from './status'
import { Tally } from './tally'
import { UnchangedLook } from './unchanged'
import type { TileFigures } from './watch'
import type { LiveWorld } from './world'

export interface FeedConfig {
  readonly world: LiveWorld
  readonly easel: Easel
  readonly stage: Stage
  /** A picture is on the canvas. */
  readonly onPainted: (caption: Caption) => void
  /** A coded stream can't be gone on with. */
  readonly onFailed: (why: 'unsupported' | 'error') => void
  /** There is something to acknowledge. */
  readonly onSettled: () => void
  /** Whether decoded pictures had better be copied than drawn. */
  readonly copies: () => boolean
  /** From arrival at the server to now, in ms; null while the clocks are not known. */
  readonly ageOf: (arrived: number) => number | null
}

/** Figures cover the last seconds. */
const windowMs = 3000

/** What a source was said to be. */
type Source = Pick<Status, 'camera' | 'shape' | 'rotation' | 'unchangedAfter'>

const unknownSource: Source = { camera: '', shape: null, rotation: 0, unchangedAfter: 0 }

/** One tile's pictures, from the connection to the canvas. */
export class Feed implements PathOut {
  readonly #config: FeedConfig
  readonly #jpeg: JpegDecoder
  readonly #sources = new Map<number, Source>()
  #path: Path | null = null
  #pathOf = ''
  #ready: { readonly picture: Decoded; readonly caption: Caption } | null = null
  #painted: Caption | null = null
  #size = ''
  #dropped = 0
  readonly acks = new AckBook()
  readonly unchanged = new UnchangedLook()
  readonly #lagging = new Lagging()
  readonly #rate = new Rate(windowMs)
  readonly #delays = new Tally(windowMs)
  readonly #bytes = new Tally(windowMs)

  constructor(config: FeedConfig) {
    this.#config = config
    this.#jpeg = config.world.newJpegDecoder()
  }

  /** What the server says of the pictures that follow. */
  tell(status: Status): void {
    this.#lagging.told(status, this.#config.world.now())
    // Asked for anew, so that it is the newest; of old ones a few may still be on their way.
    this.#sources.delete(status.source)
    this.#sources.set(status.source, status)
    const [oldest] = this.#sources.keys()
    if (this.#sources.size > 4 && oldest !== undefined) this.#sources.delete(oldest)
  }

  take(message: PictureMessage): void {
    const receivedAt = this.#config.world.now()
    const caption: Caption = { ...message, receivedAt }
    this.#bytes.add(receivedAt, message.data.byteLength * 8)
    const path = this.#pathFor(caption)
    this.acks.received(message.seq)
    if (path === null) {
      this.passed(caption)
    } else {
      path.take(caption, message.data)
    }
    this.#config.onSettled()
  }

  /** The camera that the painted picture is of; null: nothing is painted, or nobody said. */
  get paintedCamera(): string | null {
    return this.#painted === null ? null : this.#sources.get(this.#painted.source)?.camera ?? null
  }

  get painted(): Caption | null {
    return this.#painted
  }

  get figures(): Omit<TileFigures, 'why'> {
    const now = this.#config.world.now()
    return {
      fps: Math.round(this.#rate.perSecond(now) * 10) / 10,
      delayMs: Math.round(this.#delays.quantile(0.5, now)),
      delayP95Ms: Math.round(this.#delays.quantile(0.95, now)),
      dropped: this.#dropped,
      bitsPerSecond: Math.round(this.#bytes.perSecond(now)),
      size: this.#size,
      format: this.#painted?.codec ?? '',
      decoder: this.#painted === null ? '' : this.#path?.name ?? '',
    }
  }

  /** For the server. A decoder that holds pictures back to put them in order is not late. */
  get report(): { readonly fps: number, readonly delay: number } {
    const { fps, delayP95Ms } = this.figures
    return { fps, delay: Math.max(0, Math.round(delayP95Ms - this.#heldMs)) }
  }

  get #heldMs(): number {
    return this.#path instanceof CodedPath ? this.#path.heldMs : 0
  }

  /** A picture is there, and the screen does not ask for it: nobody looks. */
  get waitsForScreen(): boolean {
    return this.#ready !== null
  }

  /** True when a coded stream is too much for this screen. */
  tick(now: number): boolean {
    this.#path?.tick(now)
    return this.#path instanceof CodedPath && (this.#path.slow || this.#lagging.late(now, this.#delays.quantile(0.5, now) - this.#heldMs))
  }

  /** What is inside does not count any more; the canvas keeps its picture. */
  interrupt(): void {
    this.#path?.close()
    this.#path = null
    this.#pathOf = ''
    this.#drop()
    this.#config.stage.dismiss(this)
    this.#config.easel.keep()
    this.unchanged.reset()
    this.acks.settleAllBut(null)
  }

  /** Pictures that follow are counted from 1 again, and belong to other sources. */
  beginAnew(): void {
    this.interrupt()
    this.#lagging.reset()
    this.#sources.clear()
    this.acks.forget()
  }

  /** Called by the stage. */
  paint(): void {
    const ready = this.#ready
    this.#ready = null
    if (ready === null) return
    const { picture, caption } = ready
    const source = this.#sources.get(caption.source) ?? unknownSource
    try {
      this.#config.easel.hang({ picture, shape: source.shape, rotation: caption.codec === 'jpeg' ? 0 : source.rotation })
    } finally {
      // Also what can't be drawn makes way for the next.
      this.held(caption)
    }
    this.#size = `${picture.width}x${picture.height}`
    const now = this.#config.world.now()
    this.#rate.count(now)
    const age = caption.arrived > 0 && !caption.last ? this.#config.ageOf(caption.arrived) : null
    if (age !== null) this.#delays.add(now, Math.max(0, age))
    this.#painted = caption
    this.#config.onPainted(caption)
  }

  ready(picture: Decoded, caption: Caption): void {
    this.#drop()
    this.#ready = { picture, caption }
    this.#config.stage.call(this)
  }

  passed(caption: Caption): void {
    if (!caption.catchingUp) this.#dropped++
    this.held(caption)
  }

  held(caption: Caption): void {
    this.acks.settled(caption.seq)
    this.#config.onSettled()
  }

  /** Of what waits to be painted. */
  #drop(): void {
    const waiting = this.#ready
    this.#ready = null
    if (waiting === null) return
    waiting.picture.release()
    this.passed(waiting.caption)
  }

  #pathFor(caption: Caption): Path | null {
    const of = `${caption.source} ${caption.codec ?? ''}`
    if (of === this.#pathOf) return this.#path
    this.#leavePath()
    this.#pathOf = of
    this.#path = this.#newPath(caption)
    return this.#path
  }

  /** What is decoded is still painted; what is on its way is not: its successor is there already. */
  #leavePath(): void {
    this.#path?.close()
    this.#path = null
    this.#config.easel.keep()
    this.unchanged.reset()
    this.acks.settleAllBut(this.#ready?.caption.seq ?? null)
  }

  #newPath({ codec, source }: Caption): Path | null {
    if (codec === 'jpeg') return new JpegPath(this.#jpeg, this)
    const { world } = this.#config
    const { videoDecoder } = world
    if (codec === null || videoDecoder === null) return null
    const path: CodedPath = new CodedPath({
      codec, videoDecoder, now: () => world.now(), out: this, copier: this.#config.copies() ? new FrameCopier() : null,
      onFrame: (frame, caption) => this.#look(frame, caption, source),
      onFailed: (why) => {
        if (this.#path === path) this.#lost(why)
      },
    })
    return path
  }

  #look(frame: VideoFrame, caption: Caption, source: number): void {
    const afterMs = (this.#sources.get(source)?.unchangedAfter ?? 0) * 1000
    if (caption.arrived > 0) this.unchanged.look(frame, caption.arrived, afterMs)
  }

  #lost(why: 'unsupported' | 'error'): void {
    this.#path = null
    this.#pathOf = ''
    this.acks.settleAllBut(this.#ready?.caption.seq ?? null)
    this.#config.onFailed(why)
    this.#config.onSettled()
  }
}
