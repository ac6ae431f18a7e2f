import { usualOverlay, type Crop, type Fit, type Overlay, type Wall, type WallTile } from '../api/walls'
import type { Panels } from './panels'

/** A place on a page: a rectangle of whole cells, and what is shown in it. */
export interface Slot {
  /** Names the place through page turns and swaps. */
  readonly id: string
  /** Stays while the same cameras are shown, wherever they move to: what is keyed by it keeps its picture. */
  readonly key: string
  readonly column: number
  readonly row: number
  readonly width: number
  readonly height: number
  /** Ids, shown in turn; none: an empty place. */
  readonly cameras: readonly string[]
  /** How long each of several cameras is shown. */
  readonly dwellMs: number
  readonly stream: string
  readonly fit: Fit
  readonly text: string
  readonly overlay: Overlay
  readonly crop: Crop | null
}

export interface LayoutPage {
  readonly title: string
  /** 0: it stays until somebody turns it. */
  readonly dwellMs: number
  readonly slots: readonly Slot[]
}

/** What a screen shows: a wall, all cameras, or one camera. */
export interface Layout {
  readonly title: string
  readonly columns: number
  readonly rows: number
  /** At least one. */
  readonly pages: readonly LayoutPage[]
}

/** What an operator has put into places for now. */
export interface Swaps {
  /** A camera; null when the place shows its own. */
  at(slot: string): string | null
}

export type Direction = 'left' | 'right' | 'up' | 'down'

const defaultDwellMs = 10_000

export function layoutOf(wall: Wall): Layout {
  return {
    title: wall.title || wall.name,
    columns: wall.columns,
    rows: wall.rows,
    pages: wall.pages.map((page, number) => ({
      title: page.title,
      dwellMs: page.dwell * 1000,
      slots: keyed(page.tiles.map((tile, place) => slotOf(tile, `${wall.name}/${number}.${place}`))),
    })),
  }
}

function slotOf(tile: WallTile, id: string): Slot {
  return {
    id, key: '', column: tile.column, row: tile.row, width: tile.width, height: tile.height, cameras: tile.cameras,
    dwellMs: tile.dwell > 0 ? tile.dwell * 1000 : defaultDwellMs, stream: tile.stream, fit: tile.fit, text: tile.text,
    overlay: tile.overlay, crop: tile.crop,
  }
}

/** All cameras in order, on as many pages as they need. */
export function evenLayout(title: string, cameras: readonly string[], panels: Panels): Layout {
  const side = Math.sqrt(panels)
  const pages = Array.from({ length: Math.max(1, Math.ceil(cameras.length / panels)) }, (_, page): LayoutPage => ({
    title: '',
    dwellMs: 0,
    slots: keyed(cameras.slice(page * panels, (page + 1) * panels).map((camera, place) => ({
      ...only(camera), column: place % side, row: Math.floor(place / side), overlay: { ...usualOverlay, clock: true },
    }))),
  }))
  return { title, columns: side, rows: side, pages }
}

/** One camera over all of the screen. */
export function singleLayout(camera: string): Layout {
  return { title: camera, columns: 1, rows: 1, pages: [{ title: '', dwellMs: 0, slots: keyed([only(camera)]) }] }
}

function only(camera: string): Slot {
  return {
    id: camera, key: '', column: 0, row: 0, width: 1, height: 1, cameras: [camera], dwellMs: defaultDwellMs, stream: 'auto', fit: 'contain',
    text: '', overlay: usualOverlay, crop: null,
  }
}

/** The page with what an operator put into some of its places for now. */
export function swapped(slots: readonly Slot[], swaps: Swaps): readonly Slot[] {
  const now = slots.map((slot) => {
    const camera = swaps.at(slot.id)
    return camera === null ? slot : { ...slot, cameras: [camera], crop: null, text: '' }
  })
  return now.some((slot, place) => slot !== slots[place]) ? keyed(now) : slots
}

/** Gives each place its key: what it shows, and which of several that show the same. */
function keyed(slots: readonly Slot[]): readonly Slot[] {
  const seen = new Map<string, number>()
  return slots.map((slot) => {
    const shows = slot.cameras.join(' ')
    const nth = seen.get(shows) ?? 0
    seen.set(shows, nth + 1)
    return { ...slot, key: `${shows}#${nth}` }
  })
}

/**
 * The nearest place in a direction, null at the edge. Left and right stay in the row; up and down take what is not
 * straight ahead too, where nothing is: so every place can be reached.
 */
export function neighbour(slots: readonly Slot[], from: Slot, direction: Direction): Slot | null {
  let best: Slot | null = null
  let bestWay = Infinity
  for (const slot of slots) {
    if (slot.id === from.id) continue
    const way = wayTo(slot, from, direction)
    if (way !== null && way < bestWay) {
      best = slot
      bestWay = way
    }
  }
  return best
}

/** A length to compare by; null when the place does not lie in that direction. */
function wayTo(to: Slot, from: Slot, direction: Direction): number | null {
  const [gap, aside] = gapAndAside(to, from, direction)
  if (gap < 0) return null
  // Whatever lies beside it wins; then the near one; then the one that is most straight ahead.
  const [low, high, toLow, toHigh] = aside
  const beside = toLow < high && toHigh > low
  const off = Math.abs(low + high - toLow - toHigh) / 2
  if (beside) return gap * 100 + off
  return direction === 'up' || direction === 'down' ? 100_000 + gap * 100 + off * 200 : null
}

function gapAndAside(to: Slot, from: Slot, direction: Direction): [number, [number, number, number, number]] {
  const rows: [number, number, number, number] = [from.row, from.row + from.height, to.row, to.row + to.height]
  const columns: [number, number, number, number] = [from.column, from.column + from.width, to.column, to.column + to.width]
  switch (direction) {
    case 'left':
      return [from.column - (to.column + to.width), rows]
    case 'right':
      return [to.column - (from.column + from.width), rows]
    case 'up':
      return [from.row - (to.row + to.height), columns]
    case 'down':
      return [to.row - (from.row + from.height), columns]
    default:
      return direction satisfies never
  }
}
