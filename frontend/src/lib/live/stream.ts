import { problemOf } from '../api/result'
import { Backoff, pause } from './backoff'
import { Cadence } from './cadence'
import { MultipartParser, type Part } from './multipart'
import { pictureInfo } from './picture'
import type { Source, SourceConfig, SourceEvent } from './source'
import { Watchdog } from './watchdog'

export interface StreamConfig extends SourceConfig {
  readonly address: string
  /** The frame rate that the camera declares; 0 = unknown. */
  readonly fps: number
}

/** Until the first part: the server answers a camera that is away with a drawn picture within 2 s. */
const firstPartMs = 5000

/** The server draws one picture a second while a camera is not live. */
const drawnPartMs = 3000

type End = Exclude<SourceEvent, { kind: 'picture' }>

/**
 * Reads one camera's endless stream and reconnects for ever. It trusts no connection: a reader whose network process
 * died waits without an error, so each wait has a limit of its own.
 */
export class StreamSource implements Source {
  readonly #config: StreamConfig
  readonly #cadence: Cadence
  readonly #backoff: Backoff

  constructor(config: StreamConfig) {
    this.#config = config
    this.#cadence = new Cadence(config.fps)
    this.#backoff = new Backoff({ firstMs: 250, maxMs: 10_000, random: config.random })
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#rest(await this.#connect(signal), signal)
    }
  }

  /** Tells how a connection ended and waits until the next may be tried. */
  async #rest(end: End, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.#config.onEvent(end)
    const asked = end.kind === 'refused' ? end.problem.retryAfterMs : null
    await pause(Math.max(this.#backoff.next(), asked ?? 0), signal)
  }

  /** One connection, from the request to whatever ends it. */
  async #connect(signal: AbortSignal): Promise<End> {
    const call = new AbortController()
    const watchdog = new Watchdog(firstPartMs)
    const stopped = new Promise<End>((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'lost' }), { once: true, signal: call.signal })
    })
    try {
      return await Promise.race([
        this.#read(call.signal, watchdog),
        watchdog.barked.then((): End => ({ kind: 'lost' })),
        stopped,
      ])
    } catch {
      return { kind: 'lost' }
    } finally {
      watchdog.stop()
      call.abort()
    }
  }

  async #read(signal: AbortSignal, watchdog: Watchdog): Promise<End> {
    const response = await this.#config.fetch(this.#config.address, { signal, cache: 'no-store' })
    if (!response.ok || response.body === null) return { kind: 'refused', problem: await problemOf(response) }
    const parser = new MultipartParser()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done || signal.aborted) return { kind: 'lost' }
      for (const part of parser.push(value)) watchdog.feed(this.#deliver(part))
      if (parser.ended) return { kind: 'lost' }
    }
  }

  /** Hands one picture on and returns how long the next may take. */
  #deliver(part: Part): number {
    const info = pictureInfo((name) => part.headers.get(name) ?? null)
    const at = this.#config.now()
    this.#backoff.reset()
    if (info.state === 'live') {
      this.#cadence.picture(at, info.seq)
    } else {
      this.#cadence.interrupt()
    }
    this.#config.onEvent({ kind: 'picture', jpeg: new Blob([part.body], { type: 'image/jpeg' }), info, at })
    return info.state === 'live' ? this.#cadence.limitMs : drawnPartMs
  }
}
