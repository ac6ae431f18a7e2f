import { usualOverlay, type Wall, type WallPage, type WallTile } from '../api/walls'

/** Whole cells of a grid. */
export interface Rect {
  readonly column: number
  readonly row: number
  readonly width: number
  readonly height: number
}

export interface Layout {
  readonly columns: number
  readonly rows: number
  /** The large ones first: that is where the first cameras go. */
  readonly places: readonly Rect[]
}

export const presets = ['1', '4', '9', '16', '1+5', '1+7', '2+8'] as const
export type Preset = (typeof presets)[number]

/** The same bounds as the server's. */
export const limits = { grid: 16, pages: 64, tiles: 64, cameras: 64, title: 100, text: 200, dwell: 86_400, crop: 0.05, name: 63 } as const

export function presetLayout(preset: Preset): Layout {
  switch (preset) {
    case '1':
    case '4':
    case '9':
    case '16': {
      const side = Math.sqrt(Number(preset))
      return gridLayout(side, side)
    }
    case '1+5':
      return oneLarge(3)
    case '1+7':
      return oneLarge(4)
    case '2+8': {
      const large = [{ column: 0, row: 0, width: 2, height: 2 }, { column: 2, row: 0, width: 2, height: 2 }]
      return { columns: 4, rows: 4, places: [...large, ...gridLayout(4, 4).places.filter(({ row }) => row >= 2)] }
    }
    default:
      return preset satisfies never
  }
}

/** One tile a cell; a page holds 64 at most. */
export function gridLayout(columns: number, rows: number): Layout {
  const places = Array.from({ length: columns * rows }, (_, cell) => ({ column: cell % columns, row: Math.floor(cell / columns), width: 1, height: 1 }))
  return { columns, rows, places: places.slice(0, limits.tiles) }
}

/** One tile that leaves a column at the right and a row below. */
function oneLarge(side: number): Layout {
  const small = gridLayout(side, side).places.filter(({ column, row }) => column === side - 1 || row === side - 1)
  return { columns: side, rows: side, places: [{ column: 0, row: 0, width: side - 1, height: side - 1 }, ...small] }
}

/** The preset that a wall has the shape of, on all its pages; null when it has another. */
export function presetOf(wall: Wall): Preset | null {
  return presets.find((preset) => {
    const { columns, rows, places } = presetLayout(preset)
    if (columns !== wall.columns || rows !== wall.rows) return false
    return wall.pages.every(({ tiles }) => tiles.length === places.length && places.every((place) => tiles.some((tile) => sameRect(tile, place))))
  }) ?? null
}

export function sameRect(a: Rect, b: Rect): boolean {
  return a.column === b.column && a.row === b.row && a.width === b.width && a.height === b.height
}

export function overlaps(a: Rect, b: Rect): boolean {
  return a.column < b.column + b.width && b.column < a.column + a.width && a.row < b.row + b.height && b.row < a.row + a.height
}

/** A tile that shows nothing yet. */
export function emptyTile({ column, row, width, height }: Rect): WallTile {
  return {
    column, row, width, height, cameras: [], dwell: 0, stream: 'auto', fit: 'contain', text: '', crop: null, overlay: usualOverlay,
  }
}

/** Whether a tile says something that a person has put there. */
export function isEmpty(tile: WallTile): boolean {
  return tile.cameras.length === 0 && tile.text === ''
}

/** What a tile shows, wherever it stands. */
export type Content = Omit<WallTile, keyof Rect>

export function withContent({ column, row, width, height }: Rect, content: Content): WallTile {
  const { cameras, dwell, stream, fit, text, overlay, crop } = content
  return { column, row, width, height, cameras, dwell, stream, fit, text, overlay, crop }
}

/** A new wall that shows the cameras in order, on as many pages as they need, but at most 64. */
export function newWall(name: string, title: string, layout: Layout, cameras: readonly string[]): Wall {
  const contents = cameras.map((id) => ({ ...emptyTile({ column: 0, row: 0, width: 1, height: 1 }), cameras: [id] }))
  return { name, title, columns: layout.columns, rows: layout.rows, provisioned: false, revision: 0, pages: pagesOf(layout, contents, []) }
}

/** The same tiles in another layout, in their order; pages keep their titles. Null when they need more pages than a wall may have. */
export function relaid(wall: Wall, layout: Layout): Wall | null {
  const contents = wall.pages.flatMap(({ tiles }) => tiles.filter((tile) => !isEmpty(tile)))
  if (Math.ceil(contents.length / layout.places.length) > limits.pages) return null
  return { ...wall, columns: layout.columns, rows: layout.rows, pages: pagesOf(layout, contents, wall.pages) }
}

function pagesOf({ places }: Layout, contents: readonly Content[], before: readonly WallPage[]): WallPage[] {
  const count = Math.min(limits.pages, Math.max(1, Math.ceil(contents.length / places.length)))
  return Array.from({ length: count }, (_, page) => ({
    title: before[page]?.title ?? '',
    dwell: before[page]?.dwell ?? before[0]?.dwell ?? 0,
    tiles: places.map((place, at) => {
      const content = contents[page * places.length + at]
      return content === undefined ? emptyTile(place) : withContent(place, content)
    }),
  }))
}

/** A name for the address of a wall: from its title where that has letters for it, and none that is taken. */
export function nameFor(title: string, taken: readonly string[]): string {
  const plain = title.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().replace(/[^a-z0-9_-]+/g, '-').replace(/^[^a-z0-9]+|-+$/g, '').slice(0, limits.name - 4)
  const stem = plain === '' ? 'wall' : plain
  if (!taken.includes(stem)) return stem
  for (let n = 2; ; n++) {
    if (!taken.includes(`${stem}-${n}`)) return `${stem}-${n}`
  }
}
