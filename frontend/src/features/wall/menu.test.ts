import { screen } from '@testing-library/svelte'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { until } from '../../testing/camera-server'
import { kioskAnswer } from '../../testing/kiosk'
import { press, setTheStage, WallStage } from '../../testing/wall-stage'
import { wall, wallTile } from '../../testing/walls'

let stage: WallStage

setTheStage()
beforeAll(() => Promise.all([import('../operator/parts'), import('../operator/Operator.svelte'), import('../cameras/Cameras.svelte')]))
beforeEach(() => {
  stage = new WallStage()
  // jsdom can't tell which rows are seen.
  vi.stubGlobal('IntersectionObserver', class { observe = vi.fn(); unobserve = vi.fn() })
})

async function show(path: string) {
  const world = await stage.show(path)
  await until(() => expect(document.querySelector('.typed, #cameras-title, [data-state]')).not.toBeNull())
  const choose = async (name: string): Promise<void> => {
    world.menu.choose(name)
    await stage.pass(250)
  }
  return { world, choose }
}

describe('the menu of the window', () => {
  it('leads to pages and back', async () => {
    const { choose } = await show('/')
    await choose('cameras')
    expect(location.pathname).toBe('/cameras')
    await choose('wall')
    expect(location.pathname).toBe('/')
    await choose('statistics')
    expect(location.pathname).toBe('/statistics')
  })

  it('stays on the wall that is shown', async () => {
    stage.walls = [wall('hall', 1, 1, [wallTile(0, 0, ['cam1'])]), wall('yard', 1, 1, [wallTile(0, 0, ['cam2'])])]
    const { choose } = await show('/?wall=yard')
    await choose('wall')
    expect(location.search).toBe('?wall=yard')
  })

  it('helps, also on the page of cameras', async () => {
    const { world, choose } = await show('/cameras')
    await choose('help')
    expect([location.pathname, world.wall.help]).toEqual(['/', true])
    expect(screen.getByRole('dialog', { name: 'Keys' })).toBeTruthy()
  })

  it('shows information, and keeps the picture of the tile with the focus', async () => {
    const { world, choose } = await show('/')
    await choose('information')
    expect(world.wall.information).toBe(true)
    const kept = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
    await press('ArrowRight')
    await choose('snapshot')
    expect(stage.asked).toContain('GET /live/cam2.jpg?stream=main&q=92')
    await until(() => expect(kept).toHaveBeenCalledOnce())
  })

  it('has no picture to keep on the page of cameras', async () => {
    const { choose } = await show('/cameras')
    await choose('snapshot')
    expect(stage.asked.some((one) => one.includes('.jpg'))).toBe(false)
  })

  it('says that there is no picture to keep where there is no tile', async () => {
    stage.cameras = []
    const { choose } = await show('/')
    await choose('snapshot')
    expect(stage.asked.filter((one) => one.includes('.jpg'))).toEqual([])
    await until(() => expect(screen.getByText('There is no picture to keep.')).toBeTruthy())
  })

  it('leads nowhere away from what is being edited', async () => {
    stage.walls = [wall('hall', 1, 1, [wallTile(0, 0, ['cam1'])])]
    const { choose } = await show('/')
    await press('e')
    await stage.pass(250)
    await choose('cameras')
    expect(location.pathname).toBe('/')
  })

  it('does nothing on a locked screen', async () => {
    stage.kiosk = kioskAnswer()
    stage.walls = [wall('hall', 1, 1, [wallTile(0, 0, ['cam1'])])]
    const { world, choose } = await show('/wall/hall')
    for (const name of ['cameras', 'help', 'information', 'wall', 'statistics']) await choose(name)
    expect([location.pathname, world.wall.help, world.wall.information]).toEqual(['/wall/hall', false, false])
  })
})
