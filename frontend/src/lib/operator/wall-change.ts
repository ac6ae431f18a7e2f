import type { Wall, WallPage, WallTile } from '../api/walls'
import { emptyTile, isEmpty, limits, overlaps, withContent, type Content, type Rect } from './wall-layout'

/**
 * What can be done to a wall. Each makes a new one and leaves the old as it was; null when it can't be done: it would lie
 * over another tile, or outside. Pages and tiles are named by their place in the list.
 */
export type Change = (wall: Wall) => Wall | null

function onPage(page: number, change: (tiles: readonly WallTile[], wall: Wall) => readonly WallTile[] | null): Change {
  return (wall) => {
    const before = wall.pages[page]
    const tiles = before && change(before.tiles, wall)
    return tiles ? withPage(wall, page, { ...before, tiles }) : null
  }
}

function withPage(wall: Wall, place: number, page: WallPage): Wall {
  return { ...wall, pages: wall.pages.map((one, at) => (at === place ? page : one)) }
}

function inside({ columns, rows }: Wall, rect: Rect): boolean {
  return rect.column >= 0 && rect.row >= 0 && rect.width >= 1 && rect.height >= 1
    && rect.column + rect.width <= columns && rect.row + rect.height <= rows
}

/** The place of the tile that covers a cell; -1 when none does. */
export function tileAt(tiles: readonly WallTile[], column: number, row: number): number {
  return tiles.findIndex((tile) => overlaps(tile, { column, row, width: 1, height: 1 }))
}

export function addTile(page: number, rect: Rect, cameras: readonly string[] = []): Change {
  return onPage(page, (tiles, wall) => {
    if (tiles.length >= limits.tiles || !inside(wall, rect) || tiles.some((tile) => overlaps(tile, rect))) return null
    return [...tiles, { ...emptyTile(rect), cameras }]
  })
}

export function removeTile(page: number, tile: number): Change {
  return onPage(page, (tiles) => (tiles[tile] === undefined ? null : tiles.filter((_, at) => at !== tile)))
}

/** Takes the upper left cell of a tile to another cell. What stands there changes places with it, if it is one tile. */
export function moveTile(page: number, tile: number, column: number, row: number): Change {
  return onPage(page, (tiles, wall) => {
    const moved = tiles[tile]
    if (moved === undefined || (moved.column === column && moved.row === row)) return null
    const onto = tileAt(tiles, column, row)
    if (onto >= 0 && onto !== tile) return swapped(tiles, tile, onto)
    const rect = {
      ...moved,
      column: Math.max(0, Math.min(column, wall.columns - moved.width)),
      row: Math.max(0, Math.min(row, wall.rows - moved.height)),
    }
    const room = madeRoom(tiles, tile, rect)
    return room && room.map((one) => (one === moved ? rect : one))
  })
}

/** Gives a tile another size. Empty tiles make room for it; others don't. */
export function resizeTile(page: number, tile: number, width: number, height: number): Change {
  return onPage(page, (tiles, wall) => {
    const before = tiles[tile]
    if (before === undefined || (before.width === width && before.height === height)) return null
    const rect = { ...before, width, height }
    if (!inside(wall, rect)) return null
    const room = madeRoom(tiles, tile, rect)
    return room && room.map((one) => (one === before ? rect : one))
  })
}

/** Without the empty tiles under the rectangle; null when another stands there. */
function madeRoom(tiles: readonly WallTile[], but: number, rect: Rect): readonly WallTile[] | null {
  const under = tiles.filter((tile, at) => at !== but && overlaps(tile, rect))
  return under.every(isEmpty) ? tiles.filter((tile) => !under.includes(tile)) : null
}

/** One tile a cell where a large one was; its camera stays in the first. */
export function splitTile(page: number, tile: number): Change {
  return onPage(page, (tiles) => {
    const whole = tiles[tile]
    if (whole === undefined) return null
    const { column, row, width, height } = whole
    const cells = width * height
    if (cells === 1 || tiles.length + cells - 1 > limits.tiles) return null
    const parts = Array.from({ length: cells }, (_, cell) => {
      const rect = { column: column + (cell % width), row: row + Math.floor(cell / width), width: 1, height: 1 }
      return cell === 0 ? withContent(rect, whole) : emptyTile(rect)
    })
    return [...tiles.slice(0, tile), ...parts, ...tiles.slice(tile + 1)]
  })
}

/** What two tiles show changes places; their sizes stay. */
function swapped(tiles: readonly WallTile[], a: number, b: number): readonly WallTile[] | null {
  const [one, other] = [tiles[a], tiles[b]]
  if (one === undefined || other === undefined || a === b) return null
  return tiles.map((tile, at) => (at === a ? withContent(tile, other) : at === b ? withContent(tile, one) : tile))
}

/** Puts one camera into a tile, in place of what it showed. A crop was of another picture. */
export function putCamera(page: number, tile: number, camera: string): Change {
  return onPage(page, (tiles) => {
    const before = tiles[tile]
    if (before === undefined || (before.cameras.length === 1 && before.cameras[0] === camera)) return null
    return tiles.map((one, at) => (at === tile ? { ...one, cameras: [camera], crop: null } : one))
  })
}

/** Puts a camera onto a cell: into the tile there, or into a new one. */
export function putOnCell(page: number, column: number, row: number, camera: string): Change {
  return (wall) => {
    const there = tileAt(wall.pages[page]?.tiles ?? [], column, row)
    return there >= 0 ? putCamera(page, there, camera)(wall) : addTile(page, { column, row, width: 1, height: 1 }, [camera])(wall)
  }
}

export function setTile(page: number, tile: number, content: Partial<Content>): Change {
  return onPage(page, (tiles) => {
    const before = tiles[tile]
    if (before === undefined) return null
    const after = { ...before, ...content }
    return JSON.stringify(after) === JSON.stringify(before) ? null : tiles.map((one, at) => (at === tile ? after : one))
  })
}

/** Another grid. What stands outside goes to a free cell, and where there is none, onto a page behind. Empty tiles go. */
export function setGrid(columns: number, rows: number): Change {
  return (wall) => {
    if (columns === wall.columns && rows === wall.rows) return null
    if (![columns, rows].every((count) => Number.isInteger(count) && count >= 1 && count <= limits.grid)) return null
    const next = { ...wall, columns, rows }
    const pages = wall.pages.flatMap((page) => refitted(next, page))
    return pages.length > limits.pages ? null : { ...next, pages }
  }
}

function refitted(wall: Wall, page: WallPage): WallPage[] {
  const cut = page.tiles.map((tile) => ({ ...tile, width: Math.min(tile.width, wall.columns - tile.column), height: Math.min(tile.height, wall.rows - tile.row) }))
  const kept = cut.filter((tile) => inside(wall, tile))
  let left = page.tiles.filter((tile, at) => !inside(wall, cut[at] ?? tile) && !isEmpty(tile))
  const pages: WallPage[] = []
  for (let tiles: WallTile[] = kept; ; tiles = []) {
    const rest: WallTile[] = []
    for (const tile of left) {
      const cell = tiles.length < limits.tiles ? freeCell(wall, tiles) : null
      if (cell === null) rest.push(tile)
      else tiles = [...tiles.filter((one) => !overlaps(one, cell)), withContent(cell, tile)]
    }
    pages.push({ ...page, tiles })
    if (rest.length === 0) return pages
    left = rest
  }
}

/** The first cell, row by row, where nothing is shown; null when there is none. */
export function freeCell({ columns, rows }: Pick<Wall, 'columns' | 'rows'>, tiles: readonly WallTile[]): Rect | null {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = { column, row, width: 1, height: 1 }
      if (tiles.every((tile) => !overlaps(tile, cell) || (isEmpty(tile) && tile.width === 1 && tile.height === 1))) return cell
    }
  }
  return null
}

export function addPage(after: number): Change {
  return (wall) => (wall.pages.length >= limits.pages ? null : {
    ...wall, pages: [...wall.pages.slice(0, after + 1), { title: '', dwell: wall.pages[after]?.dwell ?? 0, tiles: [] }, ...wall.pages.slice(after + 1)],
  })
}

/** A wall keeps one page. */
export function removePage(page: number): Change {
  return (wall) => (wall.pages.length < 2 || wall.pages[page] === undefined ? null : { ...wall, pages: wall.pages.filter((_, at) => at !== page) })
}

export function movePage(page: number, to: number): Change {
  return (wall) => {
    const moved = wall.pages[page]
    if (moved === undefined || to < 0 || to >= wall.pages.length || to === page) return null
    const rest = wall.pages.filter((_, at) => at !== page)
    return { ...wall, pages: [...rest.slice(0, to), moved, ...rest.slice(to)] }
  }
}

export function setPage(page: number, words: Partial<Pick<WallPage, 'title' | 'dwell'>>): Change {
  return (wall) => {
    const before = wall.pages[page]
    if (before === undefined) return null
    const after = { ...before, ...words }
    return after.title === before.title && after.dwell === before.dwell ? null : withPage(wall, page, after)
  }
}

export function setTitle(title: string): Change {
  return (wall) => (title === wall.title ? null : { ...wall, title })
}
