import { number } from '../api/json'
import { Backoff, pause } from './backoff'
import { newCarrier } from './carrier'
import { askAbilities, type Abilities } from './choice'
import { ServerClock } from './clock'
import { Connection } from './connection'
import type { Link, LinkFigures, LiveConfig } from './link'
import type { Command, Hello, Message } from './protocol'
import type { Ended } from './socket'
import { SoundPlayer } from './sound'
import { Stage } from './stage'
import { decodeRefusal, decodeStatus } from './status'
import { Tile } from './tile'
import type { TileHost } from './tile-host'
import { TileTable } from './tile-table'
import type { TileSight, Want, Watch } from './watch'
import type { LiveWorld } from './world'

export type { Link, LinkFigures, LiveConfig } from './link'
export type { Hello } from './protocol'
export type { Status } from './status'
export { wholeView, type Refusal, type TileFigures, type TileSight, type View, type Want, type Watch, type Why } from './watch'
export type { LiveWorld, WebSocketLike } from './world'

const tickMs = 250
/** A connection that lasted so long was a good one. */
const goodMs = 5000
/** So long after one tile was too slow the next may be: perhaps that was enough. */
const fallMs = 1000

/** One connection for all tiles. It trusts no connection, reconnects for ever, and knows no user interface. */
export class LiveClient {
  readonly #config: LiveConfig
  readonly #world: LiveWorld
  readonly #tiles = new Set<Tile>()
  readonly #watched = new TileTable({ send: (command) => this.#send(command) })
  readonly #links = new Set<(link: Link) => void>()
  readonly #hellos = new Set<(hello: Hello) => void>()
  readonly #stage: Stage
  readonly #host: TileHost
  readonly #sound: SoundPlayer
  #sounding: Tile | null = null
  #link: Link = { kind: 'connecting' }
  #connection: Connection | null = null
  #clock = new ServerClock(null, 0)
  #abilities: Abilities | null = null
  #bits = 0
  #resting = false
  #fellAt = -Infinity
  /** When the server of this connection said hello. */
  #helloAt = Infinity
  /** The next connection is wanted at once. */
  #urgent = false
  #wake: () => void = () => undefined

  constructor(config: LiveConfig) {
    this.#config = config
    this.#world = config.world
    this.#sound = new SoundPlayer(config.world)
    this.#stage = new Stage((callback) => config.world.frame(callback), () => this.#watched.acknowledge())
    this.#host = this.#newHost()
  }

  /** Connects, and connects anew, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const ticker = setInterval(() => this.#tick(), tickMs)
    try {
      this.#abilities = await askAbilities(this.#world)
      const backoff = new Backoff({ firstMs: 250, maxMs: 10_000, random: () => this.#world.random() })
      while (!signal.aborted) await this.#round(backoff, signal)
    } finally {
      clearInterval(ticker)
      this.#watched.clear()
      this.#sound.close()
      this.#setLink({ kind: 'connecting' })
    }
  }

  /** Begins a tile; the listener is told of each new sight. */
  watch(want: Want, canvas: HTMLCanvasElement, onChange: (sight: TileSight) => void): Watch {
    const tile = new Tile(this.#host, want, canvas, onChange)
    this.#tiles.add(tile)
    if (this.#resting) tile.rest(true)
    if (this.#host.lost) tile.disconnected()
    this.#welcome(tile)
    return tile
  }

  get link(): Link {
    return this.#link
  }

  /** Returns what takes the listener away. */
  onLink(listener: (link: Link) => void): () => void {
    this.#links.add(listener)
    return () => this.#links.delete(listener)
  }

  onHello(listener: (hello: Hello) => void): () => void {
    this.#hellos.add(listener)
    return () => this.#hellos.delete(listener)
  }

  /** At most so many bits a second; 0: what the way bears. */
  setBudget(bits: number): void {
    this.#bits = Math.max(0, Math.round(bits))
    this.#send({ type: 'budget', bits: this.#bits })
  }

  /** Nobody looks: no pictures until somebody does again. */
  rest(hidden: boolean): void {
    if (hidden === this.#resting) return
    this.#resting = hidden
    this.#send({ type: hidden ? 'pause' : 'resume' })
    for (const tile of this.#tiles) tile.rest(hidden)
    if (!hidden) this.askNow()
  }

  /** Tries at once when there is no connection; one that brings no pictures though some should come is ended. */
  askNow(): void {
    this.#wake()
    const due = [...this.#tiles].filter((tile) => tile.due !== null)
    if (due.length > 0 && due.every((tile) => tile.stalled)) {
      this.reconnect()
    } else {
      this.#connection?.ping(this.#world.now())
    }
  }

  /** Ends the connection and connects at once. One that is being tried goes on. */
  reconnect(): void {
    this.#wake()
    if (this.#link.kind !== 'up' || this.#connection === null) return
    this.#urgent = true
    this.#connection.end()
  }

  get figures(): LinkFigures {
    return { roundTripMs: this.#clock.roundTripMs, bitsPerSecond: this.#connection?.bitsPerSecond ?? 0 }
  }

  #newHost(): TileHost {
    const client = (): LiveClient => this
    return {
      world: this.#world,
      stage: this.#stage,
      get clock() { return client().#clock },
      get lost() { return client().#link.kind === 'down' },
      send: (command) => this.#send(command),
      settled: () => this.#watched.settled(),
      enter: (tile) => this.#enter(tile),
      leave: (id) => this.#leave(id),
      renew: (tile) => this.#watched.renew(tile),
      mayFall: (now) => this.#mayFall(now),
      sound: (tile, on) => this.#listen(tile, on),
      begun: (tile) => {
        if (tile === this.#sounding) this.#send({ type: 'sound', tile: tile.id })
      },
      closed: (tile) => this.#tiles.delete(tile),
    }
  }

  /** One connection, and the pause behind it. */
  async #round(backoff: Backoff, signal: AbortSignal): Promise<void> {
    this.#helloAt = Infinity
    const { message, retryAfterMs } = await this.#connect(signal)
    if (signal.aborted || this.#urgent) return
    if (this.#world.now() - this.#helloAt > goodMs) backoff.reset()
    await this.#wait(message, Math.max(backoff.next(), retryAfterMs), signal)
  }

  async #connect(signal: AbortSignal): Promise<Ended> {
    this.#urgent = false
    if (this.#link.kind === 'down') this.#setLink({ ...this.#link, nextTry: null })
    const connection = new Connection({
      world: this.#world,
      newCarrier: (config) => newCarrier(this.#config, config),
      onHello: (hello) => this.#connected(connection, hello),
      onMessage: (message) => this.#take(message),
    })
    this.#connection = connection
    const ended = await connection.run(signal)
    this.#connection = null
    this.#disconnected()
    return ended
  }

  #connected(connection: Connection, hello: Hello): void {
    for (const listener of [...this.#hellos]) listener(hello)
    // Of another version: the page may load itself anew, and that is all.
    if (connection.hello === null) return
    this.#helloAt = this.#world.now()
    this.#clock = connection.clock
    this.#setLink({ kind: 'up', since: this.#world.date() })
    if (this.#bits > 0) this.#send({ type: 'budget', bits: this.#bits })
    if (this.#resting) this.#send({ type: 'pause' })
    for (const tile of this.#tiles) this.#welcome(tile)
  }

  #disconnected(): void {
    this.#watched.clear()
    this.#setLink({ kind: 'down', since: this.#downSince(), nextTry: null, message: '' })
    for (const tile of [...this.#tiles]) tile.disconnected()
  }

  async #wait(message: string, ms: number, signal: AbortSignal): Promise<void> {
    this.#setLink({ kind: 'down', since: this.#downSince(), nextTry: this.#world.date() + ms, message })
    const woken = new AbortController()
    const wake = (): void => woken.abort()
    this.#wake = wake
    signal.addEventListener('abort', wake)
    await pause(ms, woken.signal)
    signal.removeEventListener('abort', wake)
    this.#wake = () => undefined
  }

  #downSince(): number {
    return this.#link.kind === 'down' ? this.#link.since : this.#world.date()
  }

  #setLink(link: Link): void {
    this.#link = link
    for (const listener of [...this.#links]) listener(link)
  }

  #send(command: Command): void {
    this.#connection?.send([command])
  }

  /** Tells a tile that there is a connection, if there is room for it. */
  #welcome(tile: Tile): void {
    if (this.#link.kind === 'up' && this.#abilities !== null) tile.connected(this.#abilities)
  }

  #enter(tile: Tile): number {
    const hello = this.#connection?.hello ?? null
    if (hello === null || this.#link.kind !== 'up') return 0
    if (hello.tiles > 0 && this.#watched.size >= hello.tiles) {
      tile.crowdedOut({ status: 429, code: 'too_many', message: `The server lets a viewer watch ${hello.tiles} tiles at once.`, hint: '' })
      return 0
    }
    return this.#watched.enter(tile)
  }

  #leave(id: number): void {
    this.#watched.leave(id)
    for (const tile of this.#tiles) {
      if (tile.crowded) this.#welcome(tile)
    }
  }

  #mayFall(now: number): boolean {
    if (now - this.#fellAt < fallMs) return false
    this.#fellAt = now
    return true
  }

  #listen(tile: Tile, on: boolean): void {
    if (!on && this.#sounding !== tile) return
    this.#sounding = on ? tile : null
    this.#send({ type: 'sound', tile: on ? tile.id : 0 })
    if (on) {
      this.#sound.open()
    } else {
      this.#sound.close()
    }
  }

  #take(message: Message): void {
    switch (message.kind) {
      case 'picture':
        this.#watched.get(message.tile)?.picture(message)
        return
      case 'sound':
        if (this.#sounding?.id === message.tile) this.#sound.take(message)
        return
      case 'json':
        this.#hear(message.type, message.body)
    }
  }

  #hear(type: string, body: unknown): void {
    const tile = this.#watched.get(number(body, 'tile'))
    if (type === 'state') tile?.told(decodeStatus(body, (date) => this.#localDate(date), this.#world.date()))
    if (type === 'refused') tile?.refused(decodeRefusal(body))
  }

  /** A time of day of the server by our own clock. */
  #localDate(date: number): number {
    const local = this.#clock.localOfDate(date)
    return local === null ? date : Math.round(this.#world.date() - this.#world.now() + local)
  }

  #tick(): void {
    const now = this.#world.now()
    this.#connection?.tick(now)
    for (const tile of [...this.#tiles]) tile.tick(now)
  }
}
