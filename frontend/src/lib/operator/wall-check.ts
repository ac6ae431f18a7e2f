import type { Wall, WallPage, WallTile } from '../api/walls'
import { limits, overlaps } from './wall-layout'

/** Why the server would not take a wall: the first rule that it breaks. Places count from 0. */
export type Flaw =
  | { readonly kind: 'name' | 'title' | 'grid' | 'pages' }
  | { readonly kind: 'pageTitle' | 'pageDwell' | 'tiles'; readonly page: number }
  | { readonly kind: 'outside' | 'overlap' | 'cameras' | 'tileDwell' | 'tileText' | 'stream' | 'crop'; readonly page: number; readonly tile: number }

export function flawOf(wall: Wall): Flaw | null {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(wall.name)) return { kind: 'name' }
  if (!isText(wall.title, limits.title)) return { kind: 'title' }
  if (!whole(wall.columns, 1, limits.grid) || !whole(wall.rows, 1, limits.grid)) return { kind: 'grid' }
  if (wall.pages.length < 1 || wall.pages.length > limits.pages) return { kind: 'pages' }
  for (const [place, page] of wall.pages.entries()) {
    const flaw = pageFlaw(wall, page, place)
    if (flaw !== null) return flaw
  }
  return null
}

function pageFlaw(wall: Wall, page: WallPage, place: number): Flaw | null {
  if (!isText(page.title, limits.title)) return { kind: 'pageTitle', page: place }
  if (!isDwell(page.dwell)) return { kind: 'pageDwell', page: place }
  if (page.tiles.length > limits.tiles) return { kind: 'tiles', page: place }
  for (const [at, tile] of page.tiles.entries()) {
    const kind = tileFlaw(wall, tile) ?? (page.tiles.slice(0, at).some((other) => overlaps(tile, other)) ? 'overlap' : null)
    if (kind !== null) return { kind, page: place, tile: at }
  }
  return null
}

function tileFlaw({ columns, rows }: Wall, tile: WallTile): Extract<Flaw, { tile: number }>['kind'] | null {
  const inside = whole(tile.column, 0, columns - 1) && whole(tile.row, 0, rows - 1)
    && whole(tile.width, 1, columns - tile.column) && whole(tile.height, 1, rows - tile.row)
  if (!inside) return 'outside'
  if (tile.cameras.length > limits.cameras || !tile.cameras.every((id) => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(id))) return 'cameras'
  if (!isDwell(tile.dwell)) return 'tileDwell'
  if (!isText(tile.text, limits.text)) return 'tileText'
  if (!/^([a-z][a-z0-9_-]{0,15})?$/.test(tile.stream)) return 'stream'
  return tile.crop === null || isCrop(tile.crop) ? null : 'crop'
}

function isCrop({ x, y, width, height }: NonNullable<WallTile['crop']>): boolean {
  // Sums of decimals miss 1 by a hair.
  const within = (from: number, size: number): boolean => from >= 0 && size >= limits.crop && from + size <= 1 + 1e-9
  return within(x, width) && within(y, height)
}

function whole(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}

function isDwell(seconds: number): boolean {
  return seconds >= 0 && seconds <= limits.dwell
}

function isText(text: string, most: number): boolean {
  return Array.from(text).length <= most && !/[\u0000-\u001f\u007f]/.test(text)
}
