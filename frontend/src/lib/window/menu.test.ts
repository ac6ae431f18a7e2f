import { describe, expect, it, vi } from 'vitest'
import { menuNames, WindowMenu } from './menu'

describe('WindowMenu', () => {
  it('does what is offered, the newest offer first, until that is withdrawn', () => {
    const menu = new WindowMenu()
    const [page, wall, tile] = [vi.fn(), vi.fn(), vi.fn()]
    menu.offer({ help: page, cameras: page })
    const withdraw = menu.offer({ help: wall, snapshot: tile })
    menu.choose('help')
    menu.choose('cameras')
    menu.choose('snapshot')
    expect([page, wall, tile].map((one) => one.mock.calls.length)).toEqual([1, 1, 1])
    withdraw()
    menu.choose('help')
    menu.choose('snapshot')
    expect([page, wall, tile].map((one) => one.mock.calls.length)).toEqual([2, 1, 1])
  })

  it.each<unknown>(['format', '', 'constructor', 'toString', null, undefined, 7, { toString: () => 'help' }])('ignores %o', (name) => {
    const menu = new WindowMenu()
    const act = vi.fn()
    menu.offer(Object.fromEntries(menuNames.map((one) => [one, act])))
    menu.choose(name)
    expect(act).not.toHaveBeenCalled()
  })

  it('is where the window looks for it, as long as the page is there', () => {
    const place: { camwall?: { menu: (name: unknown) => void } } = {}
    const menu = new WindowMenu()
    const act = vi.fn()
    menu.offer({ information: act })
    const leave = menu.install(place)
    place.camwall?.menu('information')
    expect(act).toHaveBeenCalledOnce()
    const later = new WindowMenu().install(place)
    leave()
    expect(place.camwall).toBeDefined()
    later()
    expect(place).toEqual({})
  })
})
