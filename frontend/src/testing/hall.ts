import { usualOverlay, type Wall, type WallPage, type WallTile } from '../lib/api/walls'

/** One cell with these cameras in turn, but for what the test says. */
export function tileOf(column: number, row: number, cameras: readonly string[], but: Partial<WallTile> = {}): WallTile {
  return {
    column, row, width: 1, height: 1, cameras, dwell: 0, stream: 'auto', fit: 'contain', text: '',
    overlay: usualOverlay, crop: null, ...but,
  }
}

/** A wall of two by two cells, but for what the test says. */
export function wallOf(name: string, pages: readonly Partial<WallPage>[], but: Partial<Wall> = {}): Wall {
  return {
    name, title: '', columns: 2, rows: 2, provisioned: false, revision: 1,
    pages: pages.map((page) => ({ title: '', dwell: 0, tiles: [], ...page })), ...but,
  }
}
