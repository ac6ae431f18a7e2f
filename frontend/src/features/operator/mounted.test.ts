import { fireEvent, screen } from '@testing-library/svelte'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { camera, cameras } from '../../testing/cameras'
import { ids, press, setTheStage, states, tiles, under, WallStage } from '../../testing/wall-stage'
import { wall, wallTile } from '../../testing/walls'
import { whole } from '../../lib/operator/zoom'
import { until } from '../../testing/camera-server'

let stage: WallStage

setTheStage()
// They are loaded when the page is there; here, before it.
beforeAll(() => Promise.all([import('./parts'), import('./Operator.svelte')]))
beforeEach(() => {
  stage = new WallStage()
})

/** The page with the operator's tools. */
async function show(path = '/') {
  const world = await stage.show(path)
  await until(() => expect(document.querySelector('[aria-haspopup=menu]')).not.toBeNull())
  await until(() => expect(document.querySelector('.typed')).not.toBeNull())
  return world
}

async function keys(...all: string[]): Promise<void> {
  for (const key of all) {
    await press(key)
    await stage.pass(0)
  }
}

describe('the operator before the wall', () => {
  it('puts a camera into the tile with the focus by its number, sees that, and takes it back', async () => {
    stage.cameras = cameras(5)
    stage.walls = [wall('hall', 2, 1, [wallTile(0, 0, ['cam1']), wallTile(1, 0, ['cam2'])])]
    await show()
    await keys('ArrowRight', '5')
    expect(document.querySelector('.typed')?.textContent).toContain('camera 5')
    expect(ids()).toEqual(['cam1', 'cam2'])
    await keys('Enter')
    expect(ids()).toEqual(['cam1', 'cam5'])
    expect(screen.getByText('for now')).toBeTruthy()
    await keys('9', 'Enter')
    expect(document.querySelector('.typed')?.textContent).toContain('There is no camera 9.')
    await keys('Escape', 'r')
    expect(ids()).toEqual(['cam1', 'cam2'])
    expect(stage.asked.some((one) => one.startsWith('PUT'))).toBe(false)
  })

  it('keeps a swap through page turns', async () => {
    stage.cameras = cameras(3)
    stage.walls = [wall('hall', 1, 1, [], { pages: ['cam1', 'cam2'].map((id) => ({ title: '', dwell: 0, tiles: [wallTile(0, 0, [id])] })) })]
    await show()
    await keys('3', 'Enter', 'PageDown')
    expect(ids()).toEqual(['cam2'])
    await keys('PageUp')
    expect(ids()).toEqual(['cam3'])
  })

  it('enlarges by Enter when no number was typed', async () => {
    await show()
    await keys('1', 'Escape', 'Enter')
    expect(tiles()).toHaveLength(1)
  })

  it('zooms the picture, and sees all of it again', async () => {
    await show()
    tiles()[0]?.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, deltaY: -300 }))
    await stage.pass(0)
    expect(stage.live.of('cam1').view.width).toBeCloseTo(0.512)
    expect(screen.getByText('2.0 times')).toBeTruthy()
    await keys('z')
    expect(stage.live.of('cam1').view).toEqual(whole)
  })

  it('opens the menu by a right click and by its button, and pauses, stops and plays', async () => {
    await show()
    await fireEvent.contextMenu(tiles()[1] as HTMLElement)
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Pause' }))
    await stage.pass(0)
    expect(states()).toEqual(['live', 'paused', 'live', 'live'])
    expect(screen.queryByRole('menu')).toBeNull()
    await fireEvent.click(screen.getAllByRole('button', { name: /^What can be done with/ })[1] as HTMLElement)
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Stop' }))
    await stage.pass(0)
    expect(states()[1]).toBe('stopped')
    await fireEvent.contextMenu(tiles()[1] as HTMLElement)
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Play' }))
    await stage.pass(250)
    expect(states()[1]).toBe('live')
  })

  it('finds a camera, and shows it in the tile', async () => {
    stage.cameras = cameras(6).map((one) => (one.number === 6 ? { ...one, name: 'Roof' } : one))
    stage.walls = [wall('hall', 1, 1, [wallTile(0, 0, ['cam1'])])]
    await show()
    await keys('/')
    await fireEvent.input(document.activeElement as HTMLElement, { target: { value: 'roof' } })
    await keys('Enter')
    expect(ids()).toEqual(['cam6'])
  })

  it('holds rotation and the wall\'s keys while a tool is open, and lets go then', async () => {
    const world = await show()
    await keys('e')
    expect(world.wall.busy).toBe(true)
    expect(screen.getByText('New wall')).toBeTruthy()
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel', hidden: true }))
    await stage.pass(0)
    expect(world.wall.busy).toBe(false)
  })

  it('edits the wall that is shown', async () => {
    stage.walls = [wall('hall', 1, 1, [wallTile(0, 0, ['cam1'])], { title: 'Hall' })]
    await show()
    await keys('e')
    expect(screen.getByRole('dialog', { name: 'Edit Hall' })).toBeTruthy()
    await keys('Escape')
    expect(screen.queryByRole('dialog', { name: 'Edit Hall' })).toBeNull()
  })

  describe('with an editor over the wall', () => {
    const dirty = async (path: string) => {
      stage.walls = [wall('hall', 1, 1, [wallTile(0, 0, ['cam1'])]), wall('yard', 1, 1, [wallTile(0, 0, ['cam2'])])]
      const world = await show('/?wall=hall')
      if (path !== '') world.route.go('wall', null, path)
      await stage.pass(0)
      await keys('ArrowRight')
      expect(under().inert).toBe(false)
      await keys('e', 'Delete')
      return world
    }
    const editor = (): HTMLElement | null => screen.queryByRole('dialog', { name: /^Edit/ })

    it('has what lies below out of reach, and gives the keyboard back', async () => {
      await dirty('')
      const tile = tiles()[0]
      expect(under().inert).toBe(true)
      expect([tile, document.querySelector('.controls'), editor()].map((one) => under().contains(one as Node))).toEqual([true, true, false])
      await keys('Escape')
      await fireEvent.click(screen.getAllByRole('button', { name: 'Discard' })[1] as Element)
      await stage.pass(0)
      expect([editor(), under().inert, document.activeElement]).toEqual([null, false, tile])
    })

    it('stays on its wall when the browser goes back, and goes there when it is meant so', async () => {
      await dirty('yard')
      history.back()
      await stage.pass(250)
      await until(() => expect(screen.getByRole('alertdialog')).toBeTruthy())
      expect([location.search, ids(), editor() !== null]).toEqual(['?wall=yard', ['cam2'], true])
      await fireEvent.click(screen.getAllByRole('button', { name: 'Discard' })[1] as Element)
      await stage.pass(250)
      await until(() => expect(location.search).toBe('?wall=hall'))
      await stage.pass(0)
      expect([ids(), editor()]).toEqual([['cam1'], null])
    })

    it('closes with its page when nothing was changed', async () => {
      const world = await dirty('yard')
      await keys('Control')
      await press('z', { ctrlKey: true })
      world.route.go('wall', null, 'hall')
      await stage.pass(0)
      expect([ids(), editor()]).toEqual([['cam1'], null])
    })

    it('asks before another page', async () => {
      const world = await dirty('')
      world.route.go('statistics')
      await stage.pass(0)
      expect([world.route.page, screen.getByRole('alertdialog').textContent]).toEqual(['wall', expect.stringContaining('not saved')])
      await keys('Escape')
      expect([screen.queryByRole('alertdialog'), editor() !== null]).toEqual([null, true])
    })
  })

  it('turns a camera that can be turned, until Escape', async () => {
    stage.cameras = [camera(1, { ptz: true }), camera(2)]
    await show()
    await keys('p')
    expect(screen.getByRole('group', { name: /^Turning/ })).toBeTruthy()
    await keys('Escape')
    expect(screen.queryByRole('group', { name: /^Turning/ })).toBeNull()
    await keys('ArrowRight', 'p')
    expect(screen.getByText('This camera cannot be turned from here.')).toBeTruthy()
  })

  it('shows the statistics at their address, over the wall', async () => {
    const world = await show('/statistics')
    expect(screen.getByRole('dialog', { name: 'Statistics' })).toBeTruthy()
    expect(document.querySelectorAll('tr[data-slot]')).toHaveLength(4)
    expect(under().inert).toBe(true)
    await keys('Escape')
    expect(world.route.page).toBe('wall')
    expect(screen.queryByRole('dialog')).toBeNull()
  })

  it('is not there on a screen without an operator', async () => {
    stage.walls = [wall('hall', 2, 1, [wallTile(0, 0, ['cam1']), wallTile(1, 0, ['cam2'])])]
    await stage.show('/wall/hall')
    await stage.pass(500)
    await keys('2', 'Enter', 'Escape', '/', 'e', 'p')
    expect(ids()).toEqual(['cam1', 'cam2'])
    tiles()[0]?.dispatchEvent(new WheelEvent('wheel', { bubbles: true, deltaY: -300 }))
    await fireEvent.contextMenu(tiles()[0] as HTMLElement)
    expect([document.querySelector('button'), screen.queryByRole('dialog'), screen.queryByRole('menu'), document.querySelector('.typed')]).toEqual([null, null, null, null])
  })
})
