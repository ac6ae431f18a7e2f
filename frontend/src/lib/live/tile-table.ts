import type { Command } from './protocol'
import type { Tile } from './tile'

export interface TileTableConfig {
  readonly send: (command: Command) => void
}

/** Acknowledgements are gathered for so long. */
const gatherMs = 30

/** The tiles that the server knows, by their numbers, and what is to be acknowledged of them. */
export class TileTable {
  readonly #send: (command: Command) => void
  readonly #tiles = new Map<number, Tile>()
  #lastId = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(config: TileTableConfig) {
    this.#send = config.send
  }

  get size(): number {
    return this.#tiles.size
  }

  /** A number that no tile has had: of an old one pictures may still be under way. */
  enter(tile: Tile): number {
    this.#lastId++
    this.#tiles.set(this.#lastId, tile)
    return this.#lastId
  }

  /** Another number for the same tile. */
  renew(tile: Tile): number {
    this.leave(tile.id)
    return this.enter(tile)
  }

  leave(id: number): void {
    this.#tiles.delete(id)
  }

  get(id: number): Tile | null {
    return this.#tiles.get(id) ?? null
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#tiles.clear()
  }

  /** Some tile has something to acknowledge. */
  settled(): void {
    this.#timer ??= setTimeout(() => this.acknowledge(), gatherMs)
  }

  acknowledge(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const tiles: [number, number, number][] = []
    for (const [id, tile] of this.#tiles) {
      const told = tile.feed.acks.take()
      if (told !== null) tiles.push([id, ...told])
    }
    if (tiles.length > 0) this.#send({ type: 'ack', tiles })
  }
}
