import type { Camera } from '../api/camera'
import type { WallTile } from '../api/walls'
import type { OperatorMessages } from '../messages/operator'
import { tileWords } from '../messages/operator-words'
import type { EditWall } from './edit-wall.svelte'
import { byId } from './find'
import { addTile, moveTile, putOnCell, removeTile, resizeTile, splitTile, tileAt, type Change } from './wall-change'
import { isEmpty } from './wall-layout'

export interface Cell {
  readonly column: number
  readonly row: number
}

/** What is in the hand: a tile of this page, or a camera from the list. */
export type Held =
  | { readonly kind: 'tile'; readonly tile: number; /** Which of its cells the hand has. */ readonly by: Cell }
  | { readonly kind: 'corner'; readonly tile: number }
  | { readonly kind: 'camera'; readonly camera: string }

export interface DeskConfig {
  readonly edit: EditWall
  readonly cameras: () => readonly Camera[]
  readonly m: () => OperatorMessages
}

const corner: Cell = { column: 0, row: 0 }

/** The hands of the one who edits a wall: where the keyboard is, what is held, and what is said about it. */
export class WallDesk {
  readonly #config: DeskConfig
  #cursor = $state.raw<Cell>(corner)
  #taken = $state.raw<{ readonly held: Held; readonly moment: number } | null>(null)
  #over = $state.raw<Cell | null>(null)
  #digits = $state('')
  #said = $state('')

  constructor(config: DeskConfig) {
    this.#config = config
  }

  /** The cell that the keyboard is on. */
  readonly cursor: Cell = $derived.by(() => {
    const { columns, rows } = this.#config.edit.wall
    return { column: Math.min(this.#cursor.column, columns - 1), row: Math.min(this.#cursor.row, rows - 1) }
  })

  /** The place of the tile under the keyboard; -1 for a free cell. */
  readonly chosen: number = $derived.by(() => tileAt(this.#config.edit.tiles, this.cursor.column, this.cursor.row))

  readonly chosenTile: WallTile | null = $derived.by(() => this.#config.edit.tiles[this.chosen] ?? null)

  /** What changes the wall, or turns its page, takes it out of the hand: another tile may have its place then. */
  readonly held: Held | null = $derived.by(() => (this.#taken?.moment === this.#config.edit.moment ? this.#taken.held : null))

  /** Where a pointer would drop what it holds. */
  readonly over: Cell | null = $derived.by(() => (this.held === null ? null : this.#over))

  /** Digits that Enter makes a camera of. */
  get digits(): string {
    return this.#digits
  }

  /** For those who can't see it: what has just happened. */
  get said(): string {
    return this.#said
  }

  readonly names: ReadonlyMap<string, Camera> = $derived.by(() => byId(this.#config.cameras()))

  wordsOf(tile: WallTile): string {
    return tileWords(tile.cameras, this.names, this.#config.m())
  }

  /** Puts the keyboard on a cell. */
  choose(cell: Cell): void {
    this.#cursor = { column: cell.column, row: cell.row }
    this.#digits = ''
  }

  /** Tells whether the key meant anything. */
  key(key: string, shift: boolean): boolean {
    const arrow = arrows[key]
    if (arrow !== undefined) {
      if (shift) this.#resize(arrow.column, arrow.row)
      else this.#move(arrow)
      return true
    }
    if (/^\d$/.test(key)) {
      this.#digits = (this.#digits + key).slice(0, 6)
      this.#said = this.#config.m().typed(this.#digits)
      return true
    }
    switch (key) {
      case 'Enter':
      case ' ':
        this.#enter()
        return true
      case 'Delete':
      case 'Backspace':
        if (this.#digits !== '') this.#digits = this.#digits.slice(0, -1)
        else this.remove()
        return true
      case 'Escape':
        return this.letGo()
      default:
        return false
    }
  }

  /** Puts what is held back where it was. Tells whether anything was held or typed. */
  letGo(): boolean {
    const anything = this.held !== null || this.#digits !== ''
    if (this.held !== null) this.#said = this.#config.m().putBackDown
    this.#taken = null
    this.#over = null
    this.#digits = ''
    return anything
  }

  /** A pointer takes hold. */
  take(held: Held): void {
    this.#taken = { held, moment: this.#config.edit.moment }
    this.#over = null
  }

  /** The pointer is over a cell now; null: beside the grid. */
  hover(cell: Cell | null): void {
    if (this.held !== null) this.#over = cell
  }

  /** The pointer lets go, over a cell or beside the grid. */
  drop(cell: Cell | null): void {
    const { held } = this
    this.#taken = null
    this.#over = null
    if (held === null || cell === null) return
    switch (held.kind) {
      case 'camera':
        this.put(held.camera, cell)
        break
      case 'corner': {
        const tile = this.#config.edit.tiles[held.tile]
        if (tile) this.#resizeTo(held.tile, Math.max(1, cell.column - tile.column + 1), Math.max(1, cell.row - tile.row + 1))
        break
      }
      case 'tile':
        this.#moveTo(held.tile, this.#target(held, cell))
        break
      default:
        held satisfies never
    }
  }

  /** Puts a camera onto a cell, that of the keyboard unless another is named. */
  put(camera: string, cell: Cell = this.cursor): void {
    const { m } = this.#config
    const known = this.names.get(camera)
    this.choose(cell)
    const said = m().put(tileWords([camera], this.names, m()), cell.column + 1, cell.row + 1)
    if (known !== undefined) this.#apply(putOnCell(this.#config.edit.page, cell.column, cell.row, camera), said)
  }

  /** Makes a tile of the free cell under the keyboard. */
  add(): void {
    const { edit, m } = this.#config
    const { column, row } = this.cursor
    this.#apply(addTile(edit.page, { column, row, width: 1, height: 1 }), m().added(column + 1, row + 1))
  }

  remove(): void {
    const tile = this.chosenTile
    if (tile === null) return
    this.#apply(removeTile(this.#config.edit.page, this.chosen), this.#config.m().removed(this.wordsOf(tile)))
  }

  split(): void {
    const tile = this.chosenTile
    if (tile === null) return
    this.choose(tile)
    this.#apply(splitTile(this.#config.edit.page, this.chosen), this.#config.m().splitDone)
  }

  undo(): void {
    if (this.#config.edit.undo()) this.#said = this.#config.m().undone
  }

  redo(): void {
    if (this.#config.edit.redo()) this.#said = this.#config.m().redone
  }

  say(words: string): void {
    this.#said = words
  }

  /** Whether a cell is under what a pointer would drop. */
  isUnder(tile: WallTile | Cell): boolean {
    const { over } = this
    if (over === null) return false
    const { width, height } = 'width' in tile ? tile : { width: 1, height: 1 }
    return over.column >= tile.column && over.column < tile.column + width && over.row >= tile.row && over.row < tile.row + height
  }

  #enter(): void {
    const { m, edit, cameras } = this.#config
    if (this.#digits !== '') {
      const number = Number(this.#digits)
      const camera = cameras().find((one) => number > 0 && one.number === number)
      this.#digits = ''
      if (camera) this.put(camera.id)
      else this.#said = m().unknownNumber(number)
    } else if (this.held?.kind === 'tile') {
      const { tile } = this.held
      this.#taken = null
      this.#moveTo(tile, this.cursor)
    } else if (this.chosenTile === null) {
      this.add()
    } else {
      // Held by its first cell: that is the one that arrows move.
      this.choose(this.chosenTile)
      this.take({ kind: 'tile', tile: this.chosen, by: corner })
      this.#said = m().picked(this.wordsOf(edit.tiles[this.chosen] as WallTile))
    }
  }

  /** From tile to tile; what is held moves cell by cell. */
  #move({ column, row }: Cell): void {
    const { columns, rows } = this.#config.edit.wall
    const at = this.cursor
    const tile = this.held === null ? this.chosenTile : null
    const from = tile ?? { ...at, width: 1, height: 1 }
    const next = {
      column: column > 0 ? from.column + from.width : column < 0 ? from.column - 1 : at.column,
      row: row > 0 ? from.row + from.height : row < 0 ? from.row - 1 : at.row,
    }
    if (next.column < 0 || next.row < 0 || next.column >= columns || next.row >= rows) return
    this.choose(next)
    if (this.held !== null) this.#said = this.#config.m().cellAt(next.column + 1, next.row + 1)
  }

  #resize(right: number, down: number): void {
    const tile = this.chosenTile
    if (tile !== null) this.#resizeTo(this.chosen, tile.width + right, tile.height + down)
  }

  #resizeTo(place: number, width: number, height: number): void {
    const { edit, m } = this.#config
    const tile = edit.tiles[place]
    if (tile === undefined) return
    if (width < 1 || height < 1) {
      this.#said = m().cannot
      return
    }
    this.choose(tile)
    this.#apply(resizeTile(edit.page, place, width, height), m().resized(this.wordsOf(tile), width, height))
  }

  #moveTo(place: number, { column, row }: Cell): void {
    const { edit, m } = this.#config
    const tile = edit.tiles[place]
    if (tile === undefined || (tile.column === column && tile.row === row)) return
    const said = m().dropped(this.wordsOf(tile), column + 1, row + 1)
    if (this.#apply(moveTile(edit.page, place, column, row), said)) this.choose({ column, row })
  }

  /** Where the tile's first cell comes when the cell that is held comes there. One that is not empty is changed places with. */
  #target(held: Extract<Held, { kind: 'tile' }>, cell: Cell): Cell {
    const { tiles } = this.#config.edit
    const onto = tileAt(tiles, cell.column, cell.row)
    const there = tiles[onto]
    if (there !== undefined && onto !== held.tile && !isEmpty(there)) return cell
    return { column: Math.max(0, cell.column - held.by.column), row: Math.max(0, cell.row - held.by.row) }
  }

  #apply(change: Change, said: string): boolean {
    const done = this.#config.edit.apply(change)
    this.#said = done ? said : this.#config.m().cannot
    return done
  }
}

const arrows: Readonly<Record<string, Cell>> = {
  ArrowLeft: { column: -1, row: 0 }, ArrowRight: { column: 1, row: 0 }, ArrowUp: { column: 0, row: -1 }, ArrowDown: { column: 0, row: 1 },
}

/** The cell of a grid under a point; null beside it. */
export function cellUnder(box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }, columns: number, rows: number, x: number, y: number): Cell | null {
  const column = Math.floor(((x - box.x) / box.width) * columns)
  const row = Math.floor(((y - box.y) / box.height) * rows)
  return column >= 0 && row >= 0 && column < columns && row < rows ? { column, row } : null
}
