import { describe, expect, it } from 'vitest'
import { wall, wallTile } from '../../testing/walls'
import type { Wall } from '../api/walls'
import {
  addPage, addTile, freeCell, movePage, moveTile, putCamera, putOnCell, removePage, removeTile, resizeTile, setGrid, setPage, setTile, setTitle, splitTile,
  tileAt, type Change,
} from './wall-change'
import { flawOf } from './wall-check'
import { emptyTile, gridLayout, nameFor, newWall, presetLayout, presetOf, presets, relaid } from './wall-layout'

/** "a@0,0 2x2": what stands where. */
function drawn(after: Wall | null, page = 0): string {
  if (after === null) return 'no'
  expect(flawOf(after)).toBeNull()
  return (after.pages[page]?.tiles ?? []).map(({ column, row, width, height, cameras }) => `${cameras.join('+') || '-'}@${column},${row}${width * height > 1 ? ` ${width}x${height}` : ''}`).join(' ')
}

/** A large one, two small ones beside it, an empty one below, and two free cells. */
const base = wall('hall', 3, 3, [
  wallTile(0, 0, ['a'], { width: 2, height: 2 }), wallTile(2, 0, ['b'], { text: 'door' }), wallTile(2, 1, ['c', 'd']), wallTile(0, 2),
])

describe('changes of a page', () => {
  it.each<[string, Change, string]>([
    ['add to a free cell', addTile(0, { column: 1, row: 2, width: 2, height: 1 }, ['x']), 'a@0,0 2x2 b@2,0 c+d@2,1 -@0,2 x@1,2 2x1'],
    ['add over another', addTile(0, { column: 0, row: 2, width: 1, height: 1 }), 'no'],
    ['add outside', addTile(0, { column: 2, row: 2, width: 2, height: 1 }), 'no'],
    ['remove', removeTile(0, 1), 'a@0,0 2x2 c+d@2,1 -@0,2'],
    ['remove nothing', removeTile(0, 9), 'no'],
    ['move to a free cell', moveTile(0, 1, 1, 2), 'a@0,0 2x2 b@1,2 c+d@2,1 -@0,2'],
    ['move onto another: they change places', moveTile(0, 1, 2, 1), 'a@0,0 2x2 c+d@2,0 b@2,1 -@0,2'],
    ['move a small one onto a large one', moveTile(0, 1, 1, 1), 'b@0,0 2x2 a@2,0 c+d@2,1 -@0,2'],
    ['move a large one over others', moveTile(0, 0, 0, 1), 'a@0,1 2x2 b@2,0 c+d@2,1'],
    ['move a large one beyond the edge: it stops there', moveTile(0, 0, 2, 2), 'no'],
    ['move to where it is', moveTile(0, 0, 0, 0), 'no'],
    ['grow over an empty one', resizeTile(0, 0, 2, 3), 'a@0,0 2x3 b@2,0 c+d@2,1'],
    ['grow over one that shows something', resizeTile(0, 0, 3, 2), 'no'],
    ['grow out of the wall', resizeTile(0, 1, 2, 1), 'no'],
    ['shrink', resizeTile(0, 0, 1, 1), 'a@0,0 b@2,0 c+d@2,1 -@0,2'],
    ['shrink to nothing', resizeTile(0, 0, 0, 1), 'no'],
    ['split', splitTile(0, 0), 'a@0,0 -@1,0 -@0,1 -@1,1 b@2,0 c+d@2,1 -@0,2'],
    ['split one cell', splitTile(0, 1), 'no'],
    ['put a camera', putCamera(0, 2, 'x'), 'a@0,0 2x2 b@2,0 x@2,1 -@0,2'],
    ['put the camera that is there', putCamera(0, 1, 'b'), 'no'],
    ['put a camera onto a free cell', putOnCell(0, 2, 2, 'x'), 'a@0,0 2x2 b@2,0 c+d@2,1 -@0,2 x@2,2'],
    ['put a camera onto a tile', putOnCell(0, 1, 1, 'x'), 'x@0,0 2x2 b@2,0 c+d@2,1 -@0,2'],
    ['on no page', addTile(7, { column: 1, row: 2, width: 1, height: 1 }), 'no'],
  ])('%s', (_, change, after) => {
    const before = JSON.stringify(base)
    expect(drawn(change(base))).toBe(after)
    expect(JSON.stringify(base)).toBe(before)
  })

  it('take what a tile says along with its cameras', () => {
    expect(moveTile(0, 1, 2, 1)(base)?.pages[0]?.tiles[2]).toMatchObject({ column: 2, row: 1, cameras: ['b'], text: 'door' })
  })

  it('take a crop away with the picture that it was of', () => {
    const cropped = setTile(0, 0, { crop: { x: 0, y: 0, width: 0.5, height: 0.5 }, fit: 'cover' })(base)
    expect(putCamera(0, 0, 'x')(cropped as Wall)?.pages[0]?.tiles[0]).toMatchObject({ crop: null, fit: 'cover' })
    expect(setTile(0, 0, { fit: 'contain' })(base)).toBeNull()
    expect(setTile(0, 9, {})(base)).toBeNull()
  })

  it('know which tile covers a cell', () => {
    expect([tileAt(base.pages[0]?.tiles ?? [], 1, 1), tileAt(base.pages[0]?.tiles ?? [], 1, 2)]).toEqual([0, -1])
    expect(freeCell(base, base.pages[0]?.tiles ?? [])).toMatchObject({ column: 0, row: 2 })
  })
})

describe('another grid', () => {
  it('keeps what has room, cuts what reaches out, and moves the rest', () => {
    const after = setGrid(2, 3)(base)
    expect(drawn(after)).toBe('a@0,0 2x2 b@0,2 c+d@1,2')
    expect(after?.pages).toHaveLength(1)
    expect(drawn(setGrid(2, 2)(base))).toBe('a@0,0 2x2')
    expect(drawn(setGrid(2, 2)(base), 1)).toBe('b@0,0 c+d@1,0')
    expect(drawn(setGrid(1, 1)(base), 2)).toBe('c+d@0,0')
  })

  it('can grow', () => {
    expect(drawn(setGrid(16, 16)(base))).toBe(drawn(base))
  })

  it.each([[3, 3], [0, 1], [17, 1], [Number.NaN, 2]])('is not made of %d by %d', (columns, rows) => {
    expect(setGrid(columns, rows)(base)).toBeNull()
  })
})

describe('pages', () => {
  const three = { ...base, pages: ['one', 'two', 'three'].map((title) => ({ title, dwell: 5, tiles: [] })) }
  const titles = (after: Wall | null): string => after?.pages.map(({ title }) => title || '-').join(' ') ?? 'no'
  it.each<[string, Change, string]>([
    ['added behind one', addPage(0), 'one - two three'],
    ['removed', removePage(1), 'one three'],
    ['none removed', removePage(5), 'no'],
    ['moved forward', movePage(2, 0), 'three one two'],
    ['moved back', movePage(0, 1), 'two one three'],
    ['moved out', movePage(0, 3), 'no'],
    ['named', setPage(1, { title: 'new' }), 'one new three'],
    ['named alike', setPage(1, { title: 'two' }), 'no'],
  ])('%s', (_, change, after) => expect(titles(change(three))).toBe(after))

  it('are at least one and at most 64', () => {
    expect(removePage(0)(base)).toBeNull()
    const full = { ...base, pages: Array.from({ length: 64 }, () => ({ title: '', dwell: 0, tiles: [] })) }
    expect(addPage(0)(full)).toBeNull()
    expect(addPage(0)(three)?.pages[1]?.dwell).toBe(5)
    expect(setTitle('x')(base)?.title).toBe('x')
    expect(setTitle('')(base)).toBeNull()
  })
})

describe('presets', () => {
  it.each([['1', 1, 1], ['4', 4, 2], ['9', 9, 3], ['16', 16, 4], ['1+5', 6, 3], ['1+7', 8, 4], ['2+8', 10, 4]] as const)('%s has %d tiles', (preset, count, side) => {
    const made = newWall('x', '', presetLayout(preset), [])
    expect([made.columns, made.rows, made.pages[0]?.tiles.length]).toEqual([side, side, count])
    expect(flawOf(made)).toBeNull()
    expect(presetOf(made)).toBe(preset)
    const cells = presetLayout(preset).places.reduce((sum, { width, height }) => sum + width * height, 0)
    expect(cells).toBe(side * side)
  })

  it('take the cameras in order, on as many pages as they need', () => {
    const ids = Array.from({ length: 9 }, (_, n) => `c${n}`)
    const made = newWall('x', 'X', presetLayout('4'), ids)
    expect(made.pages.map((_, page) => drawn(made, page))).toEqual(['c0@0,0 c1@1,0 c2@0,1 c3@1,1', 'c4@0,0 c5@1,0 c6@0,1 c7@1,1', 'c8@0,0 -@1,0 -@0,1 -@1,1'])
    expect(drawn(newWall('x', '', gridLayout(2, 1), ['a']))).toBe('a@0,0 -@1,0')
    expect(gridLayout(16, 16).places).toHaveLength(64)
  })

  it('lay out anew what there is, and lose none of it', () => {
    const after = relaid(base, presetLayout('1+5'))
    expect(drawn(after)).toBe('a@0,0 2x2 b@2,0 c+d@2,1 -@0,2 -@1,2 -@2,2')
    expect(after?.pages[0]?.tiles[1]?.text).toBe('door')
    expect(relaid(base, presetLayout('1'))?.pages).toHaveLength(3)
    const many = { ...base, pages: Array.from({ length: 64 }, () => ({ title: '', dwell: 0, tiles: [wallTile(0, 0, ['a']), wallTile(1, 0, ['b'])] })) }
    expect(relaid(many, presetLayout('1'))).toBeNull()
    expect(presetOf(base)).toBeNull()
    expect(presets).toHaveLength(7)
  })

  it.each([['Front Door', 'front-door'], ['門口', 'wall'], ['Zürich (1)', 'zurich-1'], ['', 'wall'], ['hall', 'hall-3'], ['-_x_', 'x_'], ['a'.repeat(99), 'a'.repeat(59)]])('a wall named %s has the address %s', (title, name) => {
    expect(nameFor(title, ['hall', 'hall-2'])).toBe(name)
    expect(flawOf({ ...base, name })).toBeNull()
  })
})

describe('a tile that is new', () => {
  it.each([
    ['in a new wall', newWall('x', '', gridLayout(2, 1), ['a'])], ['in a free cell', addTile(0, { column: 1, row: 2, width: 1, height: 1 }, ['x'])(base)],
    ['beside what was split', splitTile(0, 0)(base)], ['in another layout', relaid(base, presetLayout('9'))],
  ])('shows number and name %s', (_, after) => {
    const tiles = after?.pages[0]?.tiles ?? []
    expect(tiles.length).toBeGreaterThan(0)
    for (const { overlay } of tiles) expect(overlay).toEqual({ number: true, name: true, clock: false, statistics: false })
  })
})

describe('flawOf', () => {
  const tile = emptyTile({ column: 0, row: 0, width: 1, height: 1 })
  const one = (but: object): Wall => wall('x', 2, 2, [{ ...tile, ...but }])
  it.each([
    ['name', { ...base, name: 'Hall' }], ['title', { ...base, title: 'x'.repeat(101) }], ['title', { ...base, title: 'a\nb' }], ['grid', { ...base, columns: 17 }],
    ['grid', { ...base, rows: 1.5 }], ['pages', { ...base, pages: [] }], ['pageTitle', wall('x', 1, 1, [], { pages: [{ title: '\u0007', dwell: 0, tiles: [] }] })],
    ['pageDwell', wall('x', 1, 1, [], { pages: [{ title: '', dwell: 90_000, tiles: [] }] })], ['tiles', wall('x', 16, 16, Array.from({ length: 65 }, (_, n) => wallTile(n % 16, n >> 4)))],
    ['outside', one({ column: 2 })], ['outside', one({ width: 3 })], ['outside', one({ height: 0 })], ['overlap', wall('x', 2, 2, [tile, tile])],
    ['cameras', one({ cameras: ['A'] })], ['cameras', one({ cameras: Array(65).fill('a') })], ['tileDwell', one({ dwell: -1 })], ['tileText', one({ text: 'x'.repeat(201) })],
    ['stream', one({ stream: 'Main' })], ['crop', one({ crop: { x: 0.9, y: 0, width: 0.2, height: 1 } })], ['crop', one({ crop: { x: 0, y: 0, width: 0.04, height: 1 } })],
  ] as const)('finds what is wrong with the %s', (kind, flawed) => {
    expect(flawOf(flawed)?.kind).toBe(kind)
  })

  it('lets pass what the server takes', () => {
    expect(flawOf(one({ crop: { x: 0.7, y: 0.1, width: 0.3, height: 0.9 }, stream: '', text: '門'.repeat(200), cameras: ['a_b-1'] }))).toBeNull()
    expect(flawOf(wall('x', 2, 2, [tile, { ...tile, column: 1 }]))).toBeNull()
  })
})
