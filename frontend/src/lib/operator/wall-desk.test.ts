import { describe, expect, it } from 'vitest'
import { answers } from '../../testing/answers'
import { cameras } from '../../testing/cameras'
import { wall, wallTile } from '../../testing/walls'
import { WallsApi } from '../api/walls'
import { operatorEn as m } from '../messages/operator-en'
import { EditWall } from './edit-wall.svelte'
import { cellUnder, WallDesk } from './wall-desk.svelte'

/** A large tile with camera 1, camera 2 beside it, and free cells below. */
function desk() {
  const start = wall('hall', 3, 3, [wallTile(0, 0, ['cam1'], { width: 2, height: 2 }), wallTile(2, 0, ['cam2'])])
  const edit = new EditWall({ api: new WallsApi({ fetch: answers(() => undefined).fetch, timeoutMs: 10 }), wall: start, fresh: false })
  const all = cameras(4)
  const made = new WallDesk({ edit, cameras: () => all, m: () => m })
  const press = (...keys: string[]): void => {
    for (const key of keys) made.key(key.replace('Shift+', ''), key.startsWith('Shift+'))
  }
  const drawn = (): string => edit.tiles.map(({ column, row, width, height, cameras: ids }) => `${ids.join('+') || '-'}@${column},${row} ${width}x${height}`).join(' ')
  return { desk: made, edit, press, drawn }
}

describe('WallDesk by keys', () => {
  it('goes from tile to tile and from cell to cell, and stops at the edges', () => {
    const { desk: one, press } = desk()
    const at = (...keys: string[]): string => {
      press(...keys)
      return `${one.cursor.column},${one.cursor.row}`
    }
    expect(at('ArrowLeft', 'ArrowUp')).toBe('0,0')
    expect(at('ArrowRight')).toBe('2,0')
    expect(at('ArrowRight')).toBe('2,0')
    expect(at('ArrowDown')).toBe('2,1')
    expect(at('ArrowLeft')).toBe('1,1')
    expect(one.chosenTile?.cameras).toEqual(['cam1'])
    expect(at('ArrowDown')).toBe('1,2')
    expect(one.chosenTile).toBeNull()
  })

  it('picks a tile up, carries it and puts it down, and says so', () => {
    const { desk: one, press, drawn } = desk()
    press('ArrowRight', 'Enter')
    expect(one.said).toBe('2 Camera 2 picked up. Arrows move it, Enter puts it down.')
    press('ArrowDown', 'ArrowDown', 'ArrowLeft')
    expect(one.said).toBe('column 2, row 3')
    press('Enter')
    expect(one.said).toBe('2 Camera 2 is now at column 2, row 3.')
    expect(drawn()).toBe('cam1@0,0 2x2 cam2@1,2 1x1')
    expect([one.held, one.cursor]).toEqual([null, { column: 1, row: 2 }])
  })

  it('puts back with Escape what it holds', () => {
    const { desk: one, press, drawn, edit } = desk()
    press('Enter', 'ArrowDown')
    expect(one.key('Escape', false)).toBe(true)
    expect([one.said, one.held, edit.dirty]).toEqual(['Put back.', null, false])
    expect(one.key('Escape', false)).toBe(false)
    expect(drawn()).toContain('cam1@0,0')
  })

  it('changes places with what stands there', () => {
    const { press, drawn } = desk()
    press('ArrowRight', 'Enter', 'ArrowLeft', 'Enter')
    expect(drawn()).toBe('cam2@0,0 2x2 cam1@2,0 1x1')
  })

  it('changes the size with Shift, and says when there is no room', () => {
    const { desk: one, press, drawn } = desk()
    press('Shift+ArrowDown')
    expect(drawn()).toBe('cam1@0,0 2x3 cam2@2,0 1x1')
    expect(one.said).toBe('1 Camera 1 is now 2 by 3 cells.')
    press('Shift+ArrowRight')
    expect(one.said).toBe(m.cannot)
    press('Shift+ArrowLeft', 'Shift+ArrowLeft')
    expect(drawn()).toBe('cam1@0,0 1x3 cam2@2,0 1x1')
    expect(one.said).toBe(m.cannot)
  })

  it('puts a camera by its number', () => {
    const { desk: one, press, drawn } = desk()
    press('ArrowRight', '3', 'Enter')
    expect(drawn()).toContain('cam3@2,0')
    expect(one.said).toBe('3 Camera 3 put at column 3, row 1.')
    press('ArrowDown', '4', 'Enter')
    expect(drawn()).toContain('cam4@2,1')
    press('9', 'Enter')
    expect(one.said).toBe('There is no camera 9.')
    press('1', '2', 'Backspace')
    expect(one.digits).toBe('1')
    press('Escape')
    expect(one.digits).toBe('')
  })

  it('makes a tile of a free cell, and removes one', () => {
    const { desk: one, press, drawn } = desk()
    press('ArrowRight', 'ArrowDown', 'Enter')
    expect(drawn()).toContain('-@2,1 1x1')
    press('Delete')
    expect(drawn()).toBe('cam1@0,0 2x2 cam2@2,0 1x1')
    expect(one.said).toBe('Empty tile removed.')
    press('Delete')
    one.undo()
    expect([one.said, drawn()]).toEqual(['Undone.', 'cam1@0,0 2x2 cam2@2,0 1x1 -@2,1 1x1'])
    one.redo()
    expect(one.said).toBe('Done again.')
  })

  it('splits', () => {
    const { desk: one, press, drawn } = desk()
    press('ArrowRight', 'ArrowDown', 'ArrowLeft')
    one.split()
    expect(drawn()).toBe('cam1@0,0 1x1 -@1,0 1x1 -@0,1 1x1 -@1,1 1x1 cam2@2,0 1x1')
    expect(one.key('x', false)).toBe(false)
  })

  it('stays in the wall when that becomes smaller', () => {
    const { desk: one, press, edit } = desk()
    press('ArrowRight', 'ArrowDown', 'ArrowDown')
    edit.apply((before) => ({ ...before, columns: 1, rows: 1, pages: [{ title: '', dwell: 0, tiles: [] }] }))
    expect(one.cursor).toEqual({ column: 0, row: 0 })
  })
})

describe('WallDesk with something in hand', () => {
  /** Three tiles, the second of which is picked up; the keyboard has gone on to the first. */
  function holding() {
    const stage = desk()
    stage.edit.apply((before) => ({ ...before, pages: [{ title: '', dwell: 0, tiles: [0, 1, 2].map((column) => wallTile(column, 0, [`cam${column + 1}`])) }, { title: '', dwell: 0, tiles: [wallTile(0, 0, ['cam4']), wallTile(1, 0, ['cam3'])] }] }))
    stage.press('ArrowRight', 'Enter', 'ArrowLeft')
    expect(stage.desk.held).toEqual({ kind: 'tile', tile: 1, by: { column: 0, row: 0 } })
    return stage
  }
  type Stage = ReturnType<typeof holding>

  it.each<[string, (stage: Stage) => void]>([
    ['a tile is removed', ({ press }) => press('Delete')],
    ['a camera is put somewhere', ({ press }) => press('4', 'Enter')],
    ['a tile changes its size', ({ press }) => press('Shift+ArrowDown')],
    ['something is undone', ({ desk: one }) => one.undo()],
    ['another layout is chosen', ({ edit }) => edit.apply((before) => ({ ...before, rows: 4 }))],
    ['the page turns', ({ edit }) => edit.turnTo(1)],
    ['the page turns and comes back', ({ edit }) => {
      edit.turnTo(1)
      edit.turnTo(0)
    }],
  ])('lets go when %s', (_, change) => {
    const stage = holding()
    change(stage)
    expect([stage.desk.held, stage.desk.over]).toEqual([null, null])
    const drawn = stage.drawn()
    stage.desk.drop({ column: 2, row: 2 })
    expect(stage.drawn()).toBe(drawn)
  })

  it('does not take hold of the next tile when that of the hand is drawn up', () => {
    const { press, drawn, desk: one } = holding()
    press('Delete', 'ArrowDown', 'Enter')
    expect(drawn()).toBe('cam2@1,0 1x1 cam3@2,0 1x1 -@0,1 1x1')
    expect(one.held).toBeNull()
  })
})

describe('WallDesk by pointer', () => {
  it('drops a tile by the cell that the hand has', () => {
    const { desk: one, drawn } = desk()
    one.take({ kind: 'tile', tile: 0, by: { column: 1, row: 1 } })
    one.hover({ column: 1, row: 2 })
    expect(one.isUnder({ column: 1, row: 2 })).toBe(true)
    one.drop({ column: 1, row: 2 })
    expect(drawn()).toBe('cam1@0,1 2x2 cam2@2,0 1x1')
    expect([one.held, one.over]).toEqual([null, null])
  })

  it('drops nothing beside the wall, or where it was', () => {
    const { desk: one, edit } = desk()
    one.take({ kind: 'tile', tile: 1, by: { column: 0, row: 0 } })
    one.drop(null)
    one.take({ kind: 'tile', tile: 1, by: { column: 0, row: 0 } })
    one.drop({ column: 2, row: 0 })
    one.hover({ column: 0, row: 0 })
    expect([edit.dirty, one.over, one.said]).toEqual([false, null, ''])
  })

  it('drops a camera from the list', () => {
    const { desk: one, drawn } = desk()
    one.take({ kind: 'camera', camera: 'cam4' })
    one.hover({ column: 1, row: 1 })
    expect(one.isUnder(wallTile(0, 0, [], { width: 2, height: 2 }))).toBe(true)
    one.drop({ column: 1, row: 1 })
    expect(drawn()).toContain('cam4@0,0 2x2')
  })

  it('pulls a corner', () => {
    const { desk: one, drawn } = desk()
    one.take({ kind: 'corner', tile: 1 })
    one.drop({ column: 2, row: 2 })
    expect(drawn()).toContain('cam2@2,0 1x3')
    one.take({ kind: 'corner', tile: 1 })
    one.drop({ column: 0, row: 0 })
    expect(drawn()).toContain('cam2@2,0 1x1')
  })
})

describe('cellUnder', () => {
  const box = { x: 100, y: 50, width: 300, height: 200 }
  it.each([[100, 50, { column: 0, row: 0 }], [399, 249, { column: 2, row: 1 }], [99, 60, null], [200, 251, null]])('%d,%d', (x, y, cell) => {
    expect(cellUnder(box, 3, 2, x, y)).toEqual(cell)
  })
})
