import { describe, expect, it } from 'vitest'
import { pressed } from '../../features/wall/keys'
import { cameras } from '../../testing/cameras'
import { panelsFromQuery, queryWithPanels, type Panels } from './panels'
import { WallState } from './wall.svelte'

function wallOf(count: number, panels: Panels | null): WallState {
  const wall = new WallState(panels)
  wall.setCameras(cameras(count))
  return wall
}

const shown = (wall: WallState): string[] => wall.shown.map((camera) => camera.id)

function press(wall: WallState, ...keys: string[]): boolean[] {
  return keys.map((key) => pressed(wall, { key, ctrlKey: false, altKey: false, metaKey: false }))
}

describe('panelsFromQuery', () => {
  it.each([['?panels=1', 1], ['?panels=4', 4], ['?a=b&panels=9', 9], ['?panels=5', null], ['?panels=', null], ['', null]])('%s', (query, panels) => {
    expect(panelsFromQuery(query)).toBe(panels)
  })

  it('reads what queryWithPanels writes, which keeps the rest', () => {
    expect(panelsFromQuery(queryWithPanels('?panels=1&screen=lobby', 9))).toBe(9)
    expect(queryWithPanels('?panels=1&screen=lobby', 9)).toBe('?panels=9&screen=lobby')
    expect(queryWithPanels('', 4)).toBe('?panels=4')
  })
})

describe('WallState', () => {
  it('has one panel for one camera, else four, until somebody chooses', () => {
    expect(wallOf(1, null).panels).toBe(1)
    expect(wallOf(7, null).panels).toBe(4)
    expect(wallOf(1, 9)).toMatchObject({ panels: 9, chosen: true, side: 3 })
  })

  it('shows the cameras in order, a page at a time', () => {
    const wall = wallOf(10, 4)
    expect(shown(wall)).toEqual(['cam1', 'cam2', 'cam3', 'cam4'])
    press(wall, 'PageDown', 'PageDown', 'PageDown')
    expect(shown(wall)).toEqual(['cam9', 'cam10'])
    wall.setCameras(cameras(5))
    expect(shown(wall)).toEqual(['cam5'])
  })

  it('keeps the first camera in sight when the number of panels changes', () => {
    const wall = wallOf(10, 4)
    wall.turnPage(1)
    press(wall, '1')
    expect(shown(wall)).toEqual(['cam5'])
    press(wall, '9')
    expect([shown(wall)[0], wall.onPage[wall.focus]?.id]).toEqual(['cam1', 'cam5'])
  })

  it('moves the focus within the page and stops at its edges', () => {
    const wall = wallOf(7, 9)
    press(wall, 'ArrowLeft', 'ArrowUp')
    expect(wall.focus).toBe(0)
    press(wall, 'ArrowRight', 'ArrowRight', 'ArrowRight')
    expect(wall.focus).toBe(2)
    press(wall, 'ArrowDown', 'ArrowDown')
    expect(wall.focus).toBe(5)
    press(wall, 'ArrowLeft', 'ArrowLeft', 'ArrowDown', 'ArrowRight')
    expect(wall.focus).toBe(6)
    expect(wall.moves).toBe(11)
  })

  it('enlarges the camera with the focus and goes back', () => {
    const wall = wallOf(7, 9)
    press(wall, 'ArrowRight', 'Enter')
    expect([shown(wall), wall.side]).toEqual([['cam2'], 1])
    press(wall, 'ArrowRight')
    expect(shown(wall)).toEqual(['cam3'])
    expect(press(wall, 'Escape', 'Escape')).toEqual([true, false])
    expect(wall.shown).toHaveLength(7)
    press(wall, 'f')
    expect(wall.enlarged?.id).toBe('cam3')
    press(wall, 'F')
    expect(wall.enlarged).toBeNull()
  })

  it('goes back by itself when the enlarged camera is gone', () => {
    const wall = wallOf(7, 4)
    wall.focusOn('cam4')
    wall.toggleEnlarged()
    wall.setCameras(cameras(3))
    expect(shown(wall)).toEqual(['cam1', 'cam2', 'cam3'])
  })

  it('stands still under the help, which closes first', () => {
    const wall = wallOf(7, 4)
    press(wall, 'Enter', '?')
    expect(press(wall, 'ArrowRight', '9', 'i')).toEqual([false, false, false])
    expect([wall.help, shown(wall), wall.information]).toEqual([true, ['cam1'], false])
    press(wall, 'Escape')
    expect([wall.help, wall.enlarged?.id]).toEqual([false, 'cam1'])
  })

  it('leaves keys that mean nothing, and those of the browser, alone', () => {
    const wall = wallOf(7, 4)
    expect(press(wall, 'x', '5', 'Tab', 'F5')).toEqual([false, false, false, false])
    expect(pressed(wall, { key: 'f', ctrlKey: true, altKey: false, metaKey: false })).toBe(false)
    expect(press(wall, 'I')).toEqual([true])
    expect(wall.information).toBe(true)
  })

  it('shows an empty wall without harm', () => {
    const wall = wallOf(0, null)
    press(wall, 'ArrowDown', 'Enter', 'PageDown')
    expect([wall.shown, wall.pages, wall.focus]).toEqual([[], 1, 0])
  })
})
