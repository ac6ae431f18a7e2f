import { call, json, type CallConfig } from './call'
import { field, flag, list, number, text, texts, word } from './json'
import type { Result } from './result'

/** How a picture fills its tile. */
export const fits = ['cover', 'fill', 'contain'] as const
export type Fit = (typeof fits)[number]

/** A part of a picture, in 0..1 of it. */
export interface Crop {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What is drawn over a picture: just this, nothing when all of it is off. */
export interface Overlay {
  readonly number: boolean
  readonly name: boolean
  readonly clock: boolean
  readonly statistics: boolean
}

/** That of a tile which does not say. */
export const usualOverlay: Overlay = { number: true, name: true, clock: false, statistics: false }

/** A rectangle of whole cells of the grid. */
export interface WallTile {
  /** From 0. */
  readonly column: number
  readonly row: number
  /** Cells. */
  readonly width: number
  readonly height: number
  /** Ids, shown in turn; none: an empty tile. */
  readonly cameras: readonly string[]
  /** Seconds that each of several cameras is shown; 0 is 10. */
  readonly dwell: number
  /** auto: the one that suits the tile's size. */
  readonly stream: string
  readonly fit: Fit
  /** Empty: the camera's. */
  readonly text: string
  readonly overlay: Overlay
  /** Null: the whole picture. */
  readonly crop: Crop | null
}

export interface WallPage {
  readonly title: string
  /** Seconds before the next page; 0: it stays. */
  readonly dwell: number
  readonly tiles: readonly WallTile[]
}

/** A named layout. All its pages have one grid. */
export interface Wall {
  readonly name: string
  /** Empty: the name. */
  readonly title: string
  readonly columns: number
  readonly rows: number
  /** At least one. */
  readonly pages: readonly WallPage[]
  /** It stands in camwall.yaml: not edited here. */
  readonly provisioned: boolean
  readonly revision: number
}

const wallsPath = '/api/v1/walls'

/** The calls for walls. A wall is replaced only as it was read: 412 when somebody else has changed it, 428 without a revision. */
export class WallsApi {
  readonly #config: CallConfig

  constructor(config: CallConfig) {
    this.#config = config
  }

  list(signal: AbortSignal): Promise<Result<Wall[]>> {
    return call(this.#config, { path: wallsPath, read: json(decodeWalls) }, signal)
  }

  get(name: string, signal: AbortSignal): Promise<Result<Wall>> {
    return call(this.#config, { path: pathOf(name), read: json(decodeWall) }, signal)
  }

  /** Makes a wall that must not be there yet: 412 when it is. */
  make(wall: Wall, signal: AbortSignal): Promise<Result<Wall>> {
    return call(this.#config, { path: pathOf(wall.name), method: 'PUT', body: contentOf(wall), fresh: true, read: json(decodeWall) }, signal)
  }

  /** Replaces the wall if it still has the revision: 412 when it has not. */
  replace(wall: Wall, revision: number, signal: AbortSignal): Promise<Result<Wall>> {
    return call(this.#config, { path: pathOf(wall.name), method: 'PUT', body: contentOf(wall), revision, read: json(decodeWall) }, signal)
  }

  remove({ name, revision }: Pick<Wall, 'name' | 'revision'>, signal: AbortSignal): Promise<Result<true>> {
    return call(this.#config, { path: pathOf(name), method: 'DELETE', revision, read: () => Promise.resolve(true as const) }, signal)
  }
}

function pathOf(name: string): string {
  return `${wallsPath}/${encodeURIComponent(name)}`
}

/** A wall as it is written: what says nothing is left out. */
export function contentOf({ title, columns, rows, pages }: Wall): unknown {
  const tile = ({ crop, ...rest }: WallTile): unknown => (crop === null ? rest : { ...rest, crop })
  return { title, columns, rows, pages: pages.map((page) => ({ ...page, tiles: page.tiles.map(tile) })) }
}

export function decodeWalls(body: unknown): Wall[] | null {
  return Array.isArray(field(body, 'walls')) ? list(body, 'walls', decodeWall) : null
}

/** Decodes one wall; null when it has no name or no grid. */
export function decodeWall(body: unknown): Wall | null {
  const name = text(body, 'name')
  const columns = number(body, 'columns')
  const rows = number(body, 'rows')
  if (name === '' || columns < 1 || rows < 1) return null
  const pages = list(body, 'pages', decodePage)
  return {
    name, title: text(body, 'title'), columns, rows, pages: pages.length > 0 ? pages : [{ title: '', dwell: 0, tiles: [] }],
    provisioned: flag(body, 'provisioned'), revision: number(body, 'revision'),
  }
}

function decodePage(body: unknown): WallPage {
  return { title: text(body, 'title'), dwell: number(body, 'dwell'), tiles: list(body, 'tiles', decodeTile) }
}

function decodeTile(body: unknown): WallTile | null {
  const width = number(body, 'width')
  const height = number(body, 'height')
  if (width < 1 || height < 1) return null
  return {
    column: number(body, 'column'), row: number(body, 'row'), width, height,
    cameras: texts(body, 'cameras'), dwell: number(body, 'dwell'), stream: text(body, 'stream') || 'auto',
    fit: word(body, 'fit', fits), text: text(body, 'text'),
    overlay: decodeOverlay(field(body, 'overlay')),
    crop: decodeCrop(field(body, 'crop')),
  }
}

/** Only one that is not given is the usual one: what is off in one that is given stays off. */
function decodeOverlay(body: unknown): Overlay {
  if (body === undefined || body === null) return usualOverlay
  return { number: flag(body, 'number'), name: flag(body, 'name'), clock: flag(body, 'clock'), statistics: flag(body, 'statistics') }
}

/** The whole picture, or none of it, is no crop. */
function decodeCrop(body: unknown): Crop | null {
  const crop = { x: number(body, 'x'), y: number(body, 'y'), width: number(body, 'width'), height: number(body, 'height') }
  if (crop.width <= 0 || crop.height <= 0 || (crop.width >= 1 && crop.height >= 1)) return null
  return crop
}
