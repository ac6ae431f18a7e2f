import { decodeTrouble, type Trouble } from '../api/device'
import { decodeDiscovery, decodeFound, decodeProgress, type Discovery, type Found, type Progress } from '../api/discovery'
import type { Fetch } from '../api/fetch'
import type { InventoryApi } from '../api/inventory'
import { text } from '../api/json'
import type { Problem } from '../api/result'
import { readEvents, type ServerEvent } from '../live/events'

export interface DiscoveryConfig {
  readonly api: InventoryApi
  readonly fetch: Fetch
  readonly random: () => number
}

/** How far a search is, by our own clock. */
export interface Search {
  readonly interfaces: readonly string[]
  /** Unix milliseconds. */
  readonly startedAt: number
  readonly endsAt: number
}

/** What the search for devices has found, as it comes. */
export class DiscoveryState {
  readonly #config: DiscoveryConfig
  // In the order in which they came: a row must not move under the pointer.
  #found = $state.raw<readonly Found[]>([])
  #problems = $state.raw<readonly Trouble[]>([])
  #search = $state.raw<Search | null>(null)
  #linked = $state(false)
  #refused = $state.raw<Problem | null>(null)

  constructor(config: DiscoveryConfig) {
    this.#config = config
  }

  get found(): readonly Found[] {
    return this.#found
  }

  /** What hinders the search itself. */
  get problems(): readonly Trouble[] {
    return this.#problems
  }

  /** null while nothing is searched. */
  get search(): Search | null {
    return this.#search
  }

  /** Whether news come. */
  get linked(): boolean {
    return this.#linked
  }

  /** Why the last search could not begin. */
  get refused(): Problem | null {
    return this.#refused
  }

  /** Listens until the signal is aborted. */
  run(signal: AbortSignal): Promise<void> {
    return readEvents({
      fetch: this.#config.fetch, address: '/api/v1/discovery/events', random: this.#config.random,
      onEvent: (event) => this.#heard(event),
      onLink: (up) => (this.#linked = up),
    }, signal)
  }

  /** Searches all networks, and the addresses of these ranges one by one. Tells whether that has begun. */
  async searchNow(ranges: readonly string[], signal: AbortSignal): Promise<boolean> {
    this.#refused = null
    const result = await this.#config.api.search(ranges, signal)
    if (result.kind === 'error') this.#refused = result.problem
    return result.kind === 'ok'
  }

  /** Reads everything anew: what is in the inventory has changed. */
  async refresh(signal: AbortSignal): Promise<void> {
    const result = await this.#config.api.discovery(signal)
    if (result.kind === 'ok') this.#take(result.value)
  }

  #heard({ type, data }: ServerEvent): void {
    switch (type) {
      case 'snapshot': {
        const snapshot = decodeDiscovery(data)
        if (snapshot !== null) this.#take(snapshot)
        break
      }
      case 'added':
      case 'changed': {
        const found = decodeFound(data)
        if (found !== null) this.#put(found)
        break
      }
      case 'removed':
        this.#found = this.#found.filter(({ id }) => id !== text(data, 'id'))
        break
      case 'progress':
        this.#advance(decodeProgress(data))
        break
      case 'problem': {
        const problem = decodeTrouble(data)
        if (problem !== null) this.#problems = [...this.#problems.filter((one) => one.message !== problem.message), problem]
        break
      }
    }
  }

  #put(found: Found): void {
    const place = this.#found.findIndex(({ id }) => id === found.id)
    this.#found = place < 0 ? [...this.#found, found] : this.#found.with(place, found)
  }

  /** Takes a whole list; what is known already keeps its place. */
  #take(list: Discovery): void {
    const kept = this.#found.flatMap((old) => list.devices.find(({ id }) => id === old.id) ?? [])
    this.#found = [...kept, ...list.devices.filter((one) => !kept.includes(one))]
    this.#problems = list.problems
    this.#advance(list)
  }

  #advance({ searching, secondsLeft, interfaces }: Progress): void {
    const now = Date.now()
    this.#search = searching ? { interfaces, startedAt: this.#search?.startedAt ?? now, endsAt: now + secondsLeft * 1000 } : null
  }
}
