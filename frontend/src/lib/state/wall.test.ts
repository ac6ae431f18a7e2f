import { describe, expect, it, vi } from 'vitest'
import { pressed, type Hands, type Press } from '../../features/wall/keys'
import { cameras } from '../../testing/cameras'
import { tileOf, wallOf } from '../../testing/hall'
import type { Wall } from '../api/walls'
import { SwapState } from '../operator/swap.svelte'
import { panelsFor, panelsFromQuery, queryWithPanels, type Panels } from './panels'
import { allCameras } from './route.svelte'
import { WallState } from './wall.svelte'

function evenWall(count: number, panels: Panels | null = null): WallState {
  return shows([], { count, panels })
}

function shows(walls: readonly Wall[] | null, { count = 0, panels = null as Panels | null, remembered = '', swaps = new SwapState() } = {}): WallState {
  const wall = new WallState({ panels, remembered, swaps })
  wall.setCameras(cameras(count))
  wall.setWalls(walls)
  return wall
}

const seen = { seen: true, gone: false }

const shown = (wall: WallState): string[] => wall.placed.filter(({ role }) => role === 'shown').map(({ slot }) => slot.cameras.join('+'))

function hands(wall: WallState, but: Partial<Hands> = {}): Hands {
  return { wall, kiosk: false, chooseWall: vi.fn(), openCameras: vi.fn(), ...but }
}

function event(key: string, but: Partial<Press> = {}): Press {
  return { key, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, target: document.body, ...but }
}

function press(wall: WallState, ...keys: string[]): boolean[] {
  return keys.map((key) => pressed(hands(wall), event(key)))
}

describe('panels', () => {
  it.each([['?panels=1', 1], ['?panels=4', 4], ['?a=b&panels=9', 9], ['?panels=16', 16], ['?panels=5', null], ['?panels=', null], ['', null]])('%s', (query, panels) => {
    expect(panelsFromQuery(query)).toBe(panels)
  })

  it('reads what queryWithPanels writes, which keeps the rest', () => {
    expect(panelsFromQuery(queryWithPanels('?panels=1&screen=lobby', 9))).toBe(9)
    expect(queryWithPanels('?panels=1&screen=lobby', 9)).toBe('?panels=9&screen=lobby')
    expect(queryWithPanels('', 4)).toBe('?panels=4')
  })

  it.each([[0, 1], [1, 1], [2, 4], [5, 9], [9, 9], [10, 16], [100, 16]])('%d cameras have %d', (count, panels) => {
    expect(panelsFor(count)).toBe(panels)
  })
})

describe('WallState of all cameras', () => {
  it('has as many panels as hold them, until somebody chooses', () => {
    expect(evenWall(1).panels).toBe(1)
    expect(evenWall(7)).toMatchObject({ panels: 9, chosen: false, even: true })
    expect(evenWall(1, 9)).toMatchObject({ panels: 9, chosen: true })
  })

  it('shows the cameras in order, a page at a time', () => {
    const wall = evenWall(10, 4)
    expect(shown(wall)).toEqual(['cam1', 'cam2', 'cam3', 'cam4'])
    press(wall, 'PageDown', 'PageDown', 'PageDown')
    expect(shown(wall)).toEqual(['cam9', 'cam10'])
    wall.setCameras(cameras(5))
    expect(shown(wall)).toEqual(['cam5'])
    pressed(hands(wall), event('ArrowLeft', { altKey: true }))
    expect(shown(wall)).toHaveLength(4)
  })

  it('keeps the camera in hand in sight when the number of panels changes', () => {
    const wall = evenWall(10, 4)
    wall.turnPage(1)
    wall.choosePanels(1)
    expect(shown(wall)).toEqual(['cam5'])
    wall.choosePanels(9)
    expect([shown(wall)[0], wall.focus?.id]).toEqual(['cam1', 'cam5'])
  })

  it('moves the focus within the page and stops at its edges', () => {
    const wall = evenWall(7, 9)
    press(wall, 'ArrowLeft', 'ArrowUp')
    expect(wall.focus?.id).toBe('cam1')
    press(wall, 'ArrowRight', 'ArrowRight', 'ArrowRight')
    expect(wall.focus?.id).toBe('cam3')
    press(wall, 'ArrowDown')
    expect(wall.focus?.id).toBe('cam6')
    press(wall, 'ArrowDown', 'ArrowRight')
    expect(wall.focus?.id).toBe('cam7')
    expect(wall.moves).toBe(8)
  })

  it('enlarges the camera with the focus over the others, which stay, and goes back', () => {
    const wall = evenWall(7, 9)
    press(wall, 'ArrowRight', 'Enter')
    expect(shown(wall)).toEqual(['cam2'])
    expect(wall.placed.map(({ role }) => role)).toEqual(['covered', 'shown', 'covered', 'covered', 'covered', 'covered', 'covered'])
    press(wall, 'ArrowRight')
    expect(shown(wall)).toEqual(['cam3'])
    expect(press(wall, 'Escape', 'Escape')).toEqual([true, false])
    expect(shown(wall)).toHaveLength(7)
    press(wall, 'f')
    expect(wall.enlarged?.id).toBe('cam3')
    press(wall, 'F')
    expect(wall.enlarged).toBeNull()
  })

  it('goes back by itself when the enlarged camera is gone', () => {
    const wall = evenWall(7, 4)
    wall.focusOn('cam4')
    wall.toggleEnlarged()
    wall.setCameras(cameras(3))
    expect(shown(wall)).toEqual(['cam1', 'cam2', 'cam3'])
  })

  it('shows an empty wall without harm', () => {
    const wall = evenWall(0)
    press(wall, 'ArrowDown', 'Enter', 'PageDown')
    expect([shown(wall), wall.pages, wall.focus]).toEqual([[], 1, null])
  })
})

const hall = wallOf('hall', [
  { title: 'Day', dwell: 10, tiles: [tileOf(0, 0, ['cam1']), tileOf(1, 0, ['cam2']), tileOf(0, 1, [])] },
  { title: 'Night', dwell: 5, tiles: [tileOf(0, 0, ['cam2']), tileOf(1, 1, ['cam3', 'cam4'])] },
])
const yard = wallOf('yard', [{ tiles: [tileOf(0, 0, ['cam5'])] }], { title: 'Yard' })

describe('WallState of named walls', () => {
  it('shows the chosen one, else the last one of this screen, else the first, else all cameras', () => {
    expect(shows([hall, yard], { count: 9 }).wall?.name).toBe('hall')
    expect(shows([hall, yard], { count: 9, remembered: 'yard' }).wall?.name).toBe('yard')
    expect(shows([hall, yard], { count: 9, remembered: 'gone' }).wall?.name).toBe('hall')
    expect(shows([hall], { count: 9, remembered: allCameras })).toMatchObject({ wall: null, even: true, panels: 9 })
    const wall = shows([hall, yard], { count: 9 })
    wall.show({ kind: 'chosen', name: 'yard' })
    expect([wall.layout?.title, shown(wall)]).toEqual(['Yard', ['cam5']])
    wall.show({ kind: 'chosen', name: allCameras })
    expect(shown(wall)).toHaveLength(9)
    wall.show({ kind: 'camera', id: 'cam7' })
    expect([shown(wall), wall.even, wall.missing]).toEqual([['cam7'], false, null])
  })

  it('says which wall is missing, and shows it when it is made', () => {
    const wall = shows(null, { count: 3 })
    wall.show({ kind: 'wall', name: 'hall' })
    expect([wall.missing, wall.layout]).toEqual([null, null])
    wall.setWalls([yard])
    expect([wall.missing, shown(wall)]).toEqual(['hall', []])
    wall.setWalls([yard, hall])
    expect([wall.missing, shown(wall)]).toEqual([null, ['cam1', 'cam2']])
  })

  it('shows nothing before it is known what there is', () => {
    expect(shows(null, { count: 3 })).toMatchObject({ layout: null, placed: [] })
  })

  it('turns the pages, and has the next one ready', () => {
    const wall = shows([hall], { count: 4 })
    const pass = (from: number, to: number): void => {
      for (let now = from; now <= to; now += 250) wall.tick(now, seen)
    }
    pass(0, 6750)
    expect(wall.placed.map(({ slot, role }) => [slot.key, role])).toEqual([['cam1#0', 'shown'], ['cam2#0', 'shown']])
    pass(7000, 7000)
    // What stays on the screen is there already.
    expect(wall.placed.map(({ slot, role }) => [slot.key, role])).toEqual([['cam1#0', 'shown'], ['cam2#0', 'shown'], ['cam3 cam4#0', 'prepared']])
    pass(7250, 10_000)
    expect([wall.page, wall.pageTitle, shown(wall)]).toEqual([1, 'Night', ['cam2', 'cam3+cam4']])
    pass(10_250, 15_000)
    expect(wall.page).toBe(0)
  })

  it('goes on with the cameras of a place where they were when its page comes back', () => {
    const wall = shows([hall], { count: 4 })
    wall.turns.of('hall/1.1').go(1)
    wall.turnPage(1)
    wall.turnPage(-1)
    expect(wall.turns.of('hall/1.1').index).toBe(1)
    expect(wall.turns.of('hall/0.0').index).toBe(0)
  })

  it('turns no page that is held, enlarged, in an editor, seen by nobody, or without a server', () => {
    const holds: ((wall: WallState) => void)[] = [
      (wall) => expect(press(wall, ' ')).toEqual([true]), (wall) => wall.toggleEnlarged(), (wall) => (wall.busy = true),
    ]
    for (const hold of holds) {
      const wall = shows([hall], { count: 4 })
      hold(wall)
      for (let now = 0; now < 60_000; now += 1000) wall.tick(now, seen)
      expect(wall.page).toBe(0)
    }
    for (const without of [{ seen: false, gone: false }, { seen: true, gone: true }]) {
      const wall = shows([hall], { count: 4 })
      for (let now = 0; now < 60_000; now += 1000) wall.tick(now, without)
      expect(wall.page).toBe(0)
    }
  })

  it('turns round by hand where pages rotate', () => {
    const wall = shows([hall], { count: 4 })
    press(wall, 'PageUp')
    expect(wall.page).toBe(1)
    press(wall, 'PageDown')
    expect(wall.page).toBe(0)
  })

  it('takes over a changed wall, and keeps what it shows where it was', () => {
    const wall = shows([hall], { count: 4 })
    wall.focusOn('hall/0.1')
    const keys = wall.placed.map(({ slot }) => slot.key)
    wall.setWalls([wallOf('hall', [{ tiles: [tileOf(1, 1, ['cam1']), tileOf(0, 0, ['cam2'])] }], { revision: 2 })])
    expect(wall.placed.map(({ slot }) => slot.key)).toEqual(keys)
    expect(wall.tiles[0]).toMatchObject({ column: 1, row: 1 })
  })

  it('shows what an operator put into a place through turns of the page, and gives it back', () => {
    const swaps = new SwapState()
    const wall = shows([hall], { count: 6, swaps })
    swaps.put('hall/0.0', 'cam6')
    expect(shown(wall)).toEqual(['cam6', 'cam2'])
    wall.turnPage(1)
    wall.turnPage(-1)
    expect(shown(wall)).toEqual(['cam6', 'cam2'])
    // An empty place can be filled too.
    swaps.put('hall/0.2', 'cam1')
    expect(shown(wall)).toEqual(['cam6', 'cam2', 'cam1'])
    swaps.takeBack()
    expect(shown(wall)).toEqual(['cam1', 'cam2'])
  })

  it('wants a clock where a tile of the page does', () => {
    expect(shows([hall], { count: 4 }).clock).toBe(false)
    const overlay = { number: true, name: true, clock: true, statistics: false }
    expect(shows([wallOf('w', [{ tiles: [tileOf(0, 0, ['cam1'], { overlay })] }])], { count: 4 }).clock).toBe(true)
    expect(evenWall(4).clock).toBe(true)
  })
})

describe('keys', () => {
  it('stand still under the help, which closes first', () => {
    const wall = evenWall(7, 4)
    press(wall, 'Enter', '?')
    expect(press(wall, 'ArrowRight', 'i', ' ')).toEqual([false, false, false])
    expect([wall.help, shown(wall), wall.information]).toEqual([true, ['cam1'], false])
    press(wall, 'Escape')
    expect([wall.help, wall.enlarged?.id]).toEqual([false, 'cam1'])
  })

  it('leave those that mean nothing, and those of the browser, alone', () => {
    const wall = evenWall(7, 4)
    expect(press(wall, 'x', '5', 'Tab', 'F5', 'F11')).toEqual([false, false, false, false, false])
    expect(pressed(hands(wall), event('f', { ctrlKey: true }))).toBe(false)
    expect(pressed(hands(wall), event('f', { altKey: true }))).toBe(false)
    expect(press(wall, 'I')).toEqual([true])
    expect(wall.information).toBe(true)
  })

  it('choose walls and the cameras; a kiosk has no way out', () => {
    const wall = evenWall(7)
    const own = hands(wall)
    expect(pressed(own, event('3', { altKey: true }))).toBe(true)
    expect(own.chooseWall).toHaveBeenCalledWith(3)
    expect(pressed(own, event('c'))).toBe(true)
    expect(own.openCameras).toHaveBeenCalledOnce()
    const kiosk = hands(wall, { kiosk: true })
    expect(pressed(kiosk, event('c'))).toBe(false)
    expect(kiosk.openCameras).not.toHaveBeenCalled()
  })

  it('are those of a field or a button that has the keyboard', () => {
    const wall = evenWall(7)
    const [field, button] = [document.createElement('input'), document.createElement('button')]
    expect(pressed(hands(wall), event('i', { target: field }))).toBe(false)
    expect(pressed(hands(wall), event('Enter', { target: button }))).toBe(false)
    expect(pressed(hands(wall), event(' ', { target: button }))).toBe(false)
    expect(pressed(hands(wall), event('i', { target: button }))).toBe(true)
    wall.busy = true
    expect(press(wall, 'i', 'ArrowRight')).toEqual([false, false])
  })
})
