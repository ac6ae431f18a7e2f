import { afterEach, describe, expect, it, vi } from 'vitest'
import { allCameras, RouteState } from './route.svelte'

afterEach(() => history.replaceState(null, '', '/'))

describe('RouteState', () => {
  it.each([
    ['/', 'wall', ''], ['/?wall=hall', 'wall', 'hall'], ['/?wall=*', 'wall', allCameras], ['/cameras', 'cameras', ''], ['/cameras/', 'cameras', ''],
    ['/wall/hall', 'kiosk', 'hall'], ['/wall/hall/', 'kiosk', 'hall'], ['/wall/', 'wall', ''], ['/camera/gate-2', 'camera', 'gate-2'],
    ['/camera/%E5%BA%AD', 'camera', '庭'], ['/camera/%E5', 'camera', '%E5'], ['/camera', 'wall', ''], ['/statistics', 'statistics', ''], ['/camerasx', 'wall', ''],
  ])('%s is the page %s of %o', (path, page, name) => {
    history.replaceState(null, '', path)
    const route = new RouteState(window)
    expect([route.page, route.name]).toEqual([page, name])
  })

  it('goes where it is told, and says once what for', () => {
    const route = new RouteState(window)
    route.go('cameras', 'paste')
    expect([route.page, location.pathname]).toEqual(['cameras', '/cameras'])
    expect(route.takeIntent()).toBe('paste')
    expect(route.takeIntent()).toBeNull()
    route.go('kiosk', null, 'hall')
    expect([route.page, route.name, location.pathname]).toEqual(['kiosk', 'hall', '/wall/hall'])
    route.go('wall', null, 'yard')
    expect(location.pathname + location.search).toBe('/?wall=yard')
    route.go('wall')
    expect(location.pathname + location.search).toBe('/')
  })

  it('hands on what else the address says', () => {
    history.replaceState(null, '', '/?wall=hall&panels=9&lang=en&distance=4')
    const route = new RouteState(window)
    route.go('wall', null, 'yard')
    expect(location.search).toBe('?lang=en&distance=4&wall=yard')
    route.go('camera', null, 'gate')
    expect(location.pathname + location.search).toBe('/camera/gate?lang=en&distance=4')
  })

  it('leads nowhere once it is locked', () => {
    history.replaceState(null, '', '/wall/hall')
    const route = new RouteState(window)
    const leave = route.start()
    route.lock()
    route.go('cameras')
    route.go('kiosk', null, 'yard')
    history.replaceState(null, '', '/cameras')
    dispatchEvent(new PopStateEvent('popstate'))
    leave()
    expect([route.page, route.name]).toEqual(['kiosk', 'hall'])
  })

  it('names pages for links, which lead where it would go', () => {
    const route = new RouteState(window)
    expect([route.pathOf('wall'), route.pathOf('wall', allCameras), route.pathOf('kiosk', 'a b'), route.pathOf('camera', 'x'), route.pathOf('cameras')])
      .toEqual(['/', '/?wall=*', '/wall/a%20b', '/camera/x', '/cameras'])
  })

  it('knows the pages that run for weeks by themselves', () => {
    const route = new RouteState(window)
    const run = (['wall', 'kiosk', 'camera', 'cameras', 'statistics'] as const).filter((page) => {
      route.go(page, null, 'x')
      return route.unattended
    })
    expect(run).toEqual(['kiosk', 'camera'])
    route.go('wall')
  })

  it('follows the browser back', () => {
    const route = new RouteState(window)
    const stop = route.start()
    history.replaceState(null, '', '/wall/hall')
    dispatchEvent(new PopStateEvent('popstate'))
    expect([route.page, route.name]).toEqual(['kiosk', 'hall'])
    stop()
    history.replaceState(null, '', '/')
    dispatchEvent(new PopStateEvent('popstate'))
    expect(route.page).toBe('kiosk')
  })

  it('asks before it goes, and goes when it may', () => {
    const route = new RouteState(window)
    const asked: (() => void)[] = []
    const leave = route.guard((go) => asked.push(go) > 0)
    route.go('cameras', 'paste')
    expect([route.page, location.pathname, route.takeIntent()]).toEqual(['wall', '/', null])
    leave()
    asked[0]?.()
    expect([route.page, location.pathname, route.takeIntent()]).toEqual(['cameras', '/cameras', 'paste'])
    route.guard((go) => asked.push(go) > 9)
    route.go('cameras')
    expect(asked).toHaveLength(1)
    route.go('wall')
    expect([route.page, asked.length]).toEqual(['wall', 2])
  })

  it('stays where it is when the browser goes back, until it may', async () => {
    const route = new RouteState(window)
    const stop = route.start()
    route.go('wall', null, 'hall')
    route.go('wall', null, 'yard')
    const asked: (() => void)[] = []
    const leave = route.guard((go) => asked.push(go) > 0)
    const moved = (): Promise<unknown> => new Promise((done) => addEventListener('popstate', done, { once: true }))
    const back = moved()
    history.back()
    await back
    expect([route.name, location.search, asked.length]).toEqual(['yard', '?wall=yard', 1])
    leave()
    const gone = moved()
    asked[0]?.()
    await gone
    expect([route.name, location.search]).toEqual(['hall', '?wall=hall'])
    stop()
  })

  it('changes the page where addresses cannot be changed', () => {
    const pushState = vi.fn(() => {
      throw new DOMException('no', 'SecurityError')
    })
    const route = new RouteState({ location, history: { pushState, back: () => undefined }, addEventListener: () => undefined, removeEventListener: () => undefined })
    route.go('cameras')
    expect(route.page).toBe('cameras')
  })
})
