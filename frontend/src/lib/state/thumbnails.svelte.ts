import { SvelteMap } from 'svelte/reactivity'
import type { Fetch } from '../api/fetch'
import { problemOf } from '../api/result'
import { stillAddress } from '../live/address'

export interface ThumbnailsConfig {
  readonly fetch: Fetch
  /** How many pictures are fetched at once: a browser has few connections. */
  readonly connections: number
}

/** How often a picture that can be seen is fetched anew. */
const everyMs = 10_000

/** A camera that gave none is asked this much later, or when the server says, but within the longest. */
const hopelessMs = 20_000
const longestMs = 60_000

/** The server answers within 10 s. */
const limitMs = 12_000

/** So many pictures are kept of rows that can no longer be seen. */
const keptPictures = 200

const size = { width: 128, height: 72 }

interface Seen {
  /** When the next picture may be fetched, in unix milliseconds. */
  due: number
  fetching: boolean
}

/** Small pictures of the cameras whose rows can be seen, fetched gently. */
export class Thumbnails {
  readonly #config: ThumbnailsConfig
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing shows it
  readonly #seen = new Map<string, Seen>()
  readonly #urls = new SvelteMap<string, string>()
  #end = new AbortController()
  #running = 0
  #resting = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(config: ThumbnailsConfig) {
    this.#config = config
  }

  /** The newest picture of a camera. */
  url(id: string): string | undefined {
    return this.#urls.get(id)
  }

  /** The row of a camera can be seen; the returned function says that it no longer can. */
  see(id: string): () => void {
    const seen: Seen = { due: Date.now(), fetching: false }
    this.#seen.set(id, seen)
    this.#pump()
    return () => {
      if (this.#seen.get(id) === seen) this.#seen.delete(id)
    }
  }

  /** While nobody sees the page, nothing is fetched. */
  rest(resting: boolean): void {
    this.#resting = resting
    this.#pump()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#end.abort()
    this.#seen.clear()
    for (const url of this.#urls.values()) URL.revokeObjectURL(url)
    this.#urls.clear()
  }

  /** Starts what is due, and sets the clock for what will be. */
  #pump(): void {
    clearTimeout(this.#timer)
    if (this.#resting || this.#end.signal.aborted) return
    const waiting = [...this.#seen].filter(([, seen]) => !seen.fetching).sort(([, a], [, b]) => a.due - b.due)
    const now = Date.now()
    for (const [id, seen] of waiting) {
      if (this.#running >= this.#config.connections) return
      if (seen.due > now) {
        this.#timer = setTimeout(() => this.#pump(), seen.due - now)
        return
      }
      void this.#fetch(id, seen)
    }
  }

  async #fetch(id: string, seen: Seen): Promise<void> {
    seen.fetching = true
    this.#running++
    const pauseMs = await this.#fetchOnce(id)
    this.#running--
    seen.fetching = false
    seen.due = Date.now() + pauseMs
    this.#pump()
  }

  /** Returns the pause until the next one. */
  async #fetchOnce(id: string): Promise<number> {
    const call = new AbortController()
    const stop = (): void => call.abort()
    const limit = setTimeout(stop, limitMs)
    this.#end.signal.addEventListener('abort', stop)
    try {
      const response = await this.#config.fetch(stillAddress(id, size), { signal: call.signal, cache: 'no-store' })
      if (!response.ok) {
        const { retryAfterMs } = await problemOf(response)
        return Math.min(Math.max(retryAfterMs ?? hopelessMs, hopelessMs), longestMs)
      }
      this.#keep(id, await response.blob())
      return everyMs
    } catch {
      return hopelessMs
    } finally {
      clearTimeout(limit)
      this.#end.signal.removeEventListener('abort', stop)
    }
  }

  #keep(id: string, jpeg: Blob): void {
    if (this.#end.signal.aborted) return
    const before = this.#urls.get(id)
    this.#urls.set(id, URL.createObjectURL(jpeg))
    if (before !== undefined) URL.revokeObjectURL(before)
    if (this.#urls.size <= keptPictures) return
    for (const [other, url] of this.#urls) {
      if (this.#urls.size <= keptPictures) return
      if (this.#seen.has(other)) continue
      URL.revokeObjectURL(url)
      this.#urls.delete(other)
    }
  }
}
