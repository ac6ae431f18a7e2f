import { afterEach, describe, expect, it, vi } from 'vitest'
import { RouteState } from './route.svelte'

afterEach(() => history.replaceState(null, '', '/'))

describe('RouteState', () => {
  it.each([['/', 'wall'], ['/cameras', 'cameras'], ['/cameras/', 'cameras'], ['/wall/hall', 'wall'], ['/camerasx', 'wall']])('%s is the page %s', (path, page) => {
    history.replaceState(null, '', path)
    expect(new RouteState(window).page).toBe(page)
  })

  it('goes where it is told, and says once what for', () => {
    const route = new RouteState(window)
    route.go('cameras', 'paste')
    expect([route.page, location.pathname]).toEqual(['cameras', '/cameras'])
    expect(route.takeIntent()).toBe('paste')
    expect(route.takeIntent()).toBeNull()
  })

  it('follows the browser back', () => {
    const route = new RouteState(window)
    const stop = route.start()
    history.replaceState(null, '', '/cameras')
    dispatchEvent(new PopStateEvent('popstate'))
    expect(route.page).toBe('cameras')
    stop()
    history.replaceState(null, '', '/')
    dispatchEvent(new PopStateEvent('popstate'))
    expect(route.page).toBe('cameras')
  })

  it('changes the page where addresses cannot be changed', () => {
    const pushState = vi.fn(() => {
      throw new DOMException('no', 'SecurityError')
    })
    const route = new RouteState({ location, history: { pushState }, addEventListener: () => undefined, removeEventListener: () => undefined })
    route.go('cameras')
    expect(route.page).toBe('cameras')
  })
})
