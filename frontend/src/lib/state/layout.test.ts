import { describe, expect, it } from 'vitest'
import { tileOf, wallOf } from '../../testing/hall'
import { evenLayout, layoutOf, neighbour, singleLayout, swapped, type Direction, type Slot } from './layout'

const none = { at: () => null }

/** 1+5: a large tile with five small ones around it. */
const oneAndFive = layoutOf(wallOf('hall', [{
  tiles: [
    tileOf(0, 0, ['a'], { width: 2, height: 2 }), tileOf(2, 0, ['b']), tileOf(2, 1, ['c']), tileOf(0, 2, ['d']), tileOf(1, 2, ['e']), tileOf(2, 2, ['f']),
  ],
}], { columns: 3, rows: 3 })).pages[0]?.slots ?? []

function at(slots: readonly Slot[], camera: string): Slot {
  const slot = slots.find(({ cameras }) => cameras.includes(camera))
  if (slot === undefined) throw new Error(`no ${camera}`)
  return slot
}

describe('layoutOf', () => {
  it('takes the wall as it is', () => {
    const wall = wallOf('hall', [
      { title: 'Day', dwell: 12, tiles: [tileOf(0, 0, ['a'], { text: 'A' }), tileOf(1, 0, []), tileOf(0, 1, ['b', 'c'], { dwell: 2.5, overlay: { number: false, name: false, clock: true, statistics: false } })] },
      { tiles: [] },
    ], { title: 'Hall' })
    const layout = layoutOf(wall)
    expect(layout).toMatchObject({ title: 'Hall', columns: 2, rows: 2 })
    expect(layout.pages.map(({ title, dwellMs, slots }) => [title, dwellMs, slots.length])).toEqual([['Day', 12_000, 3], ['', 0, 0]])
    const [a, empty, turning] = layout.pages[0]?.slots ?? []
    expect(a).toMatchObject({ id: 'hall/0.0', dwellMs: 10_000, text: 'A', overlay: { number: true, name: true, clock: false } })
    expect(empty?.cameras).toEqual([])
    expect(turning).toMatchObject({ dwellMs: 2500, overlay: { number: false, name: false, clock: true } })
    expect(layoutOf(wallOf('hall', [])).title).toBe('hall')
  })

  it.each([
    [{ number: false, name: false, clock: false, statistics: false }], [{ number: true, name: false, clock: false, statistics: false }], [{ number: false, name: true, clock: true, statistics: true }],
  ])('draws just what the wall says: %o', (overlay) => {
    expect(layoutOf(wallOf('hall', [{ tiles: [tileOf(0, 0, ['a'], { overlay })] }])).pages[0]?.slots[0]?.overlay).toEqual(overlay)
  })

  it('keys places by what they show, so that a camera that moves keeps its picture', () => {
    const before = layoutOf(wallOf('hall', [{ tiles: [tileOf(0, 0, ['a']), tileOf(1, 0, ['a']), tileOf(0, 1, ['b'])] }])).pages[0]?.slots ?? []
    const after = layoutOf(wallOf('hall', [{ tiles: [tileOf(0, 0, ['b']), tileOf(1, 1, ['a'])] }])).pages[0]?.slots ?? []
    expect(before.map(({ key }) => key)).toEqual(['a#0', 'a#1', 'b#0'])
    expect(after.map(({ key }) => key)).toEqual(['b#0', 'a#0'])
  })
})

describe('evenLayout', () => {
  it('spreads cameras over pages', () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const layout = evenLayout('', ids, 4)
    expect(layout.pages.map(({ slots }) => slots.map(({ id, column, row }) => [id, column, row]))).toEqual([
      [['a', 0, 0], ['b', 1, 0], ['c', 0, 1], ['d', 1, 1]], [['e', 0, 0]],
    ])
    expect(evenLayout('', [], 9)).toMatchObject({ columns: 3, rows: 3, pages: [{ slots: [] }] })
    expect(singleLayout('a')).toMatchObject({ columns: 1, rows: 1, pages: [{ slots: [{ id: 'a', cameras: ['a'] }] }] })
  })
})

describe('swapped', () => {
  it('shows another camera in a place, whole and without the text of the one before', () => {
    const slots = layoutOf(wallOf('hall', [{ tiles: [tileOf(0, 0, ['a', 'b'], { text: 'A', crop: { x: 0, y: 0, width: 0.5, height: 0.5 } }), tileOf(1, 0, ['c'])] }])).pages[0]?.slots ?? []
    expect(swapped(slots, none)).toBe(slots)
    const now = swapped(slots, { at: (id) => (id === 'hall/0.0' ? 'c' : null) })
    expect(now.map(({ cameras, key }) => [cameras, key])).toEqual([[['c'], 'c#0'], [['c'], 'c#1']])
    expect(now[0]).toMatchObject({ crop: null, text: '', column: 0 })
  })
})

describe('neighbour', () => {
  it.each<[string, Direction, string | null]>([
    ['a', 'right', 'b'], ['a', 'down', 'd'], ['a', 'left', null], ['a', 'up', null],
    ['b', 'left', 'a'], ['c', 'left', 'a'], ['f', 'left', 'e'], ['e', 'up', 'a'], ['d', 'up', 'a'],
    ['f', 'up', 'c'], ['c', 'down', 'f'], ['d', 'right', 'e'], ['f', 'right', null], ['f', 'down', null],
  ])('of %s, %s, is %s', (from, direction, to) => {
    expect(neighbour(oneAndFive, at(oneAndFive, from), direction)?.cameras[0] ?? null).toBe(to)
  })

  it('reaches a place above or below, if none is straight ahead', () => {
    const slots = layoutOf(wallOf('w', [{ tiles: [tileOf(0, 0, ['a']), tileOf(1, 1, ['b'])] }])).pages[0]?.slots ?? []
    expect(neighbour(slots, at(slots, 'a'), 'down')?.cameras).toEqual(['b'])
    expect(neighbour(slots, at(slots, 'a'), 'right')).toBeNull()
    expect(neighbour(slots, at(slots, 'b'), 'up')?.cameras).toEqual(['a'])
    expect(neighbour(slots.slice(0, 1), at(slots, 'a'), 'right')).toBeNull()
  })

  it('reaches every tile of a grid by keys', () => {
    const seen = new Set<string>()
    const reach = (slot: Slot): void => {
      if (seen.has(slot.id)) return
      seen.add(slot.id)
      for (const direction of ['left', 'right', 'up', 'down'] as const) {
        const next = neighbour(oneAndFive, slot, direction)
        if (next !== null) reach(next)
      }
    }
    reach(at(oneAndFive, 'f'))
    expect(seen.size).toBe(6)
  })
})
