import type { Hello, LiveClient, Link, Status, TileSight, View, Want, Watch } from '../lib/live/client'
import { noFigures, wholeView } from '../lib/live/watch'

/** What the server says of a live camera, but for what the test says. */
export function status(camera: string, but: Partial<Status> = {}): Status {
  return {
    camera, source: 1, stream: 'sub', format: 'h264', why: '', codec: 'H264', width: 640, height: 360, fps: 15, bitrate: 500_000,
    shape: { width: 16, height: 9 }, rotation: 0, rendition: null, state: 'live', reason: '', message: '', hint: '', since: null, nextTry: null,
    newest: null, unchangedAfter: 10, unchangedSince: null, behindMs: 0, reduced: '', ...but,
  }
}

/** A tile with a picture that has just come, but for what the test says. */
export function sight(camera: string, but: Partial<TileSight> = {}): TileSight {
  return {
    phase: 'told', status: status(camera), refusal: null, pictureTime: Date.now(), live: true, unchangedSince: null, reduced: '', figures: noFigures, ...but,
  }
}

/** A tile whose camera is away. */
export function away(camera: string, state: Status['state'], but: Partial<Status> = {}): TileSight {
  return sight(camera, { status: status(camera, { state, ...but }), live: false, pictureTime: null })
}

/** A watch that the test holds in its hands. */
export class TestWatch implements Watch {
  want: Want
  view: View = wholeView
  running = true
  sounding = false
  closed = false
  sight: TileSight
  readonly canvas: HTMLCanvasElement
  readonly #tell: (sight: TileSight) => void

  constructor(want: Want, canvas: HTMLCanvasElement, tell: (sight: TileSight) => void) {
    this.want = want
    this.canvas = canvas
    this.#tell = tell
    this.sight = sight(want.camera, { phase: 'waiting', status: null, pictureTime: null, live: false })
  }

  /** Something of it is another now. */
  say(next: TileSight): void {
    this.sight = next
    this.#tell(next)
  }

  change(want: Partial<Want>): void {
    this.want = { ...this.want, ...want }
  }

  resize(size: { readonly width: number; readonly height: number }): void {
    this.change(size)
  }

  setView(view: View): void {
    this.view = view
  }

  stop(): void {
    this.running = false
  }

  start(): void {
    this.running = true
  }

  sound(on: boolean): void {
    this.sounding = on
  }

  close(): void {
    this.closed = true
  }
}

/** The connection in the hands of a test: its real one has tests of its own. */
export class TestLive {
  watches: TestWatch[] = []
  link: Link = { kind: 'connecting' }
  bits = 0
  resting = false
  asked = 0
  reconnects = 0
  readonly figures = { roundTripMs: 1, bitsPerSecond: 0 }
  readonly #links = new Set<(link: Link) => void>()
  readonly #hellos = new Set<(hello: Hello) => void>()
  /** What new watches see at once; missing: nothing. */
  answer: ((want: Want) => TileSight | null) | null = null

  /** Those that are not closed. */
  get open(): TestWatch[] {
    return this.watches.filter(({ closed }) => !closed)
  }

  of(camera: string): TestWatch {
    const watch = this.open.find(({ want }) => want.camera === camera)
    if (watch === undefined) throw new Error(`nobody watches ${camera}`)
    return watch
  }

  watch(want: Want, canvas: HTMLCanvasElement, tell: (sight: TileSight) => void): Watch {
    const watch = new TestWatch(want, canvas, tell)
    this.watches.push(watch)
    const seen = this.answer?.(want) ?? null
    if (seen !== null) queueMicrotask(() => watch.say(seen))
    return watch
  }

  run(signal: AbortSignal): Promise<void> {
    this.connect(this.link.kind === 'down' ? this.link : { kind: 'up', since: Date.now() })
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  }

  connect(link: Link): void {
    this.link = link
    for (const tell of this.#links) tell(link)
  }

  hello(page: string): void {
    for (const tell of this.#hellos) tell({ version: 1, server: '', page, now: Date.now(), clock: 0, tiles: 128, id: '' })
  }

  onLink(tell: (link: Link) => void): () => void {
    this.#links.add(tell)
    return () => this.#links.delete(tell)
  }

  onHello(tell: (hello: Hello) => void): () => void {
    this.#hellos.add(tell)
    return () => this.#hellos.delete(tell)
  }

  setBudget(bits: number): void {
    this.bits = bits
  }

  rest(hidden: boolean): void {
    this.resting = hidden
  }

  askNow(): void {
    this.asked++
  }

  reconnect(): void {
    this.reconnects++
  }

  /** Where the page's own client stands. */
  get client(): LiveClient {
    return this as unknown as LiveClient
  }
}
