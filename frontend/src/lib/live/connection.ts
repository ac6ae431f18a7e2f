import { number, text } from '../api/json'
import { ServerClock } from './clock'
import { decodeHello, parseMessage, protocolVersion, type Command, type Hello, type Message } from './protocol'
import type { Carrier, CarrierConfig, Ended } from './socket'
import { Tally } from './tally'
import type { LiveWorld } from './world'

export interface ConnectionConfig {
  readonly world: LiveWorld
  readonly newCarrier: (config: CarrierConfig) => Carrier & { named?(id: string): void }
  /** The server said who it is. The connection is there if it speaks our version: see Connection.hello. */
  readonly onHello: (hello: Hello) => void
  /** Everything that is not the connection's own. */
  readonly onMessage: (message: Message) => void
}

/** Until the first message. */
const helloMs = 5000
/** Something comes every second, if only the answer to a ping. */
const quietMs = 3000
const pingMs = 1000
/** A timer that is so late says that the page was asleep, not the server. */
const asleepMs = 2000

/** One connection, from its first try to its end. */
export class Connection {
  readonly #config: ConnectionConfig
  readonly #carrier: Carrier & { named?(id: string): void }
  readonly #end = new AbortController()
  readonly #bits = new Tally(3000)
  #hello: Hello | null = null
  #clock: ServerClock
  #heardAt: number
  #pingedAt = -Infinity
  #tickedAt: number
  #words: Ended | null = null

  constructor(config: ConnectionConfig) {
    this.#config = config
    this.#carrier = config.newCarrier({ onMessage: (bytes) => this.#take(bytes) })
    this.#heardAt = this.#tickedAt = config.world.now()
    this.#clock = new ServerClock(null, 0)
  }

  get hello(): Hello | null {
    return this.#hello
  }

  get clock(): ServerClock {
    return this.#clock
  }

  get bitsPerSecond(): number {
    return Math.round(this.#bits.perSecond(this.#config.world.now()))
  }

  send(commands: readonly Command[]): void {
    if (this.#hello !== null && !this.#end.signal.aborted) this.#carrier.send(commands)
  }

  /** Returns when it has ended, with what the server said about that. */
  async run(signal: AbortSignal): Promise<Ended> {
    const stop = (): void => this.#end.abort()
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    const ended = await this.#carrier.run(this.#end.signal)
    signal.removeEventListener('abort', stop)
    this.#end.abort()
    return this.#words ?? ended
  }

  /** Some times a second: a connection that says nothing is dead, whatever the browser thinks. */
  tick(now: number): void {
    const asleep = now - this.#tickedAt > asleepMs
    this.#tickedAt = now
    // What came meanwhile has not been read yet.
    if (asleep) this.#heardAt = Math.max(this.#heardAt, now - quietMs + pingMs)
    if (now - this.#heardAt >= (this.#hello === null ? helloMs : quietMs)) {
      this.#end.abort()
      return
    }
    if (now - this.#pingedAt >= pingMs - 50) this.ping(now)
  }

  end(): void {
    this.#end.abort()
  }

  ping(now: number): void {
    if (this.#hello === null) return
    this.#pingedAt = now
    this.send([{ type: 'ping', sent: now }])
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#end.signal.aborted) return
    this.#heardAt = this.#config.world.now()
    this.#bits.add(this.#heardAt, bytes.byteLength * 8)
    const message = parseMessage(bytes)
    if (message === null) return
    if (message.kind === 'json' && this.#isOwn(message.type, message.body)) return
    if (this.#hello !== null) this.#config.onMessage(message)
  }

  #isOwn(type: string, body: unknown): boolean {
    switch (type) {
      case 'hello':
        if (this.#hello === null) this.#begin(decodeHello(body))
        return true
      case 'pong':
        this.#clock.pong(number(body, 'sent'), this.#config.world.now(), number(body, 'clock'))
        return true
      case 'bye':
        this.#words = { message: text(body, 'message'), retryAfterMs: number(body, 'retryAfter') }
        this.#end.abort()
        return true
      default:
        return false
    }
  }

  #begin(hello: Hello): void {
    const now = this.#config.world.now()
    if (hello.version !== protocolVersion) {
      this.#words = { message: `The server speaks version ${hello.version} of the live protocol, this page version ${protocolVersion}.`, retryAfterMs: 5000 }
      this.#config.onHello(hello)
      this.end()
      return
    }
    this.#hello = hello
    this.#clock = new ServerClock(hello, now)
    this.#carrier.named?.(hello.id)
    this.#config.onHello(hello)
    this.ping(now)
  }
}
