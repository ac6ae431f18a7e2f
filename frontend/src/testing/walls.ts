import type { Wall, WallTile } from '../lib/api/walls'
import { emptyTile } from '../lib/operator/wall-layout'

/** A tile of one cell, or of more, that shows these cameras. */
export function wallTile(column: number, row: number, cameras: readonly string[] = [], but: Partial<WallTile> = {}): WallTile {
  return { ...emptyTile({ column, row, width: 1, height: 1 }), cameras, ...but }
}

/** A wall of one page, but for what the test says. */
export function wall(name: string, columns: number, rows: number, tiles: readonly WallTile[], but: Partial<Wall> = {}): Wall {
  return { name, title: '', columns, rows, pages: [{ title: '', dwell: 0, tiles }], provisioned: false, revision: 1, ...but }
}
