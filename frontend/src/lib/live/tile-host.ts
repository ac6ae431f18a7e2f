import type { ServerClock } from './clock'
import type { Command } from './protocol'
import type { Stage } from './stage'
import type { Tile } from './tile'
import type { LiveWorld } from './world'

/** What a tile needs of the connection that all share. */
export interface TileHost {
  readonly world: LiveWorld
  readonly stage: Stage
  readonly clock: ServerClock
  /** There was a connection, or there should be one. */
  readonly lost: boolean
  /** Does nothing without a connection. */
  send(command: Command): void
  /** A tile's acknowledgements have changed. */
  settled(): void
  /** A number for a new watch; 0 while there is no room, or no connection. */
  enter(tile: Tile): number
  leave(id: number): void
  /** Another number for a tile that has one, which keeps its place. */
  renew(tile: Tile): number
  /** True when this tile may go over to JPEG because it is too slow; not all of them at once. */
  mayFall(now: number): boolean
  sound(tile: Tile, on: boolean): void
  /** The server knows the tile by a new number: if its sound is wanted, that has to be told again. */
  begun(tile: Tile): void
  closed(tile: Tile): void
}
