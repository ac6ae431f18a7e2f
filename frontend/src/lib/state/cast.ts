import { TileState, type TileConfig, type TileShows } from './tile.svelte'

/** The cameras of one place: the one that is shown, and while it is near the one that is next. */
export class Cast {
  readonly #config: TileConfig
  readonly #tiles = new Map<string, TileState>()

  constructor(config: TileConfig) {
    this.#config = config
  }

  /** Those that have to be there, each the same as long as it is wanted. */
  of(cameras: readonly string[], shows: Omit<TileShows, 'camera'>): readonly TileState[] {
    const wanted = new Set(cameras)
    for (const camera of this.#tiles.keys()) if (!wanted.has(camera)) this.#tiles.delete(camera)
    return [...wanted].map((camera) => {
      const tile = this.#tiles.get(camera) ?? new TileState(this.#config, { ...shows, camera })
      this.#tiles.set(camera, tile)
      return tile
    })
  }
}
