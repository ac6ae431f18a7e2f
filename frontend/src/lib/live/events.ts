import { Backoff, pause } from './backoff'
import { Watchdog } from './watchdog'
import type { Fetch } from '../api/fetch'

/** One server-sent event. */
export interface ServerEvent {
  readonly type: string
  readonly data: unknown
}

/** More than this in one event is nobody's. */
const maxEventChars = 8 << 20

/** Takes events out of a text that comes in pieces (HTML Living Standard, section 9.2.6). */
export class EventParser {
  #rest = ''
  #type = ''
  #data: string[] = []
  #chars = 0

  /** The events that this piece has finished. Those whose data is no JSON are left out. */
  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = []
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > maxEventChars) throw new Error('a line without an end')
    for (const line of lines) {
      if (line === '') {
        const event = this.#finish()
        if (event !== null) events.push(event)
      } else {
        this.#take(line)
      }
    }
    return events
  }

  #take(line: string): void {
    this.#chars += line.length
    if (this.#chars > maxEventChars) throw new Error('an event without an end')
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') this.#type = value
    if (name === 'data') this.#data.push(value)
  }

  #finish(): ServerEvent | null {
    const [type, data] = [this.#type, this.#data.join('\n')]
    this.#type = ''
    this.#data = []
    this.#chars = 0
    if (data === '') return null
    try {
      return { type: type || 'message', data: JSON.parse(data) as unknown }
    } catch {
      return null
    }
  }
}

export interface EventsConfig {
  readonly fetch: Fetch
  readonly address: string
  readonly random: () => number
  readonly onEvent: (event: ServerEvent) => void
  /** The connection is there, or is not. */
  readonly onLink: (up: boolean) => void
}

/** The server says something every 15 s. */
const quietMs = 40_000

/** Reads an endless list of events and reconnects for ever, until the signal is aborted. */
export async function readEvents(config: EventsConfig, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff({ firstMs: 500, maxMs: 10_000, random: config.random })
  while (!signal.aborted) {
    await readOnce(config, backoff, signal)
    config.onLink(false)
    await pause(backoff.next(), signal)
  }
}

async function readOnce(config: EventsConfig, backoff: Backoff, signal: AbortSignal): Promise<void> {
  const call = new AbortController()
  const watchdog = new Watchdog(quietMs)
  const stop = (): void => call.abort()
  signal.addEventListener('abort', stop)
  void watchdog.barked.then(stop)
  try {
    const response = await config.fetch(config.address, { signal: call.signal, cache: 'no-store', headers: { Accept: 'text/event-stream' } })
    if (!response.ok || response.body === null) return
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const parser = new EventParser()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      watchdog.feed(quietMs)
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        config.onLink(true)
        backoff.reset()
        config.onEvent(event)
      }
    }
  } catch {
    // Broken or ended: the next connection begins with the whole state.
  } finally {
    watchdog.stop()
    call.abort()
    signal.removeEventListener('abort', stop)
  }
}
