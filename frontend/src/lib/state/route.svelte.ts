import { queryForWall } from './panels'

/** The pages: the operator's wall, a wall without controls, one camera, the cameras, the figures. */
export type Page = 'wall' | 'kiosk' | 'camera' | 'cameras' | 'statistics'

/** What a page is to do as soon as it is there. */
export type Intent = 'find' | 'paste' | 'import'

/** Which page, and of which wall or camera; empty for pages that are of none. */
export interface Spot {
  readonly page: Page
  /** On the operator's wall: the wall that was chosen, allCameras, or empty for no choice. */
  readonly name: string
}

/** The name, where walls are chosen, of what is no wall: no wall can have it. */
export const allCameras = '*'

const paths: Readonly<Record<Page, string>> = { wall: '/', kiosk: '/wall/', camera: '/camera/', cameras: '/cameras', statistics: '/statistics' }

function spotOf({ pathname, search }: Place['location']): Spot {
  const [first = '', second = ''] = pathname.split('/').filter((part) => part !== '')
  const name = readable(second)
  switch (first) {
    case 'cameras':
    case 'statistics':
      return { page: first, name: '' }
    case 'wall':
      if (name !== '') return { page: 'kiosk', name }
      break
    case 'camera':
      if (name !== '') return { page: 'camera', name }
  }
  return { page: 'wall', name: new URLSearchParams(search).get('wall') ?? '' }
}

function readable(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Asked before the page changes. True: not now; `go` is called, at most once, when it may. */
export type Asks = (go: () => void) => boolean

/** The part of the browser that a route needs. */
export interface Place {
  readonly location: { readonly pathname: string; readonly search: string }
  readonly history: Pick<History, 'pushState' | 'back'>
  addEventListener(type: 'popstate', listener: () => void): void
  removeEventListener(type: 'popstate', listener: () => void): void
}

/** Which page is shown, kept in the address. */
export class RouteState {
  readonly #place: Place
  #spot = $state.raw<Spot>({ page: 'wall', name: '' })
  #intent: Intent | null = null
  #locked = false
  #asks: Asks | null = null

  constructor(place: Place) {
    this.#place = place
    this.#spot = spotOf(place.location)
  }

  get page(): Page {
    return this.#spot.page
  }

  /** Whether nobody in particular sits before it: it runs for weeks. */
  get unattended(): boolean {
    return this.page === 'kiosk' || this.page === 'camera'
  }

  /** Of the wall or the camera; empty on pages that are of none. */
  get name(): string {
    return this.#spot.name
  }

  /** The address of a page, for links that can be opened elsewhere too. */
  pathOf(page: Page, name = ''): string {
    if (page === 'wall') return name === '' ? paths.wall : `${paths.wall}?wall=${encodeURIComponent(name)}`
    return page === 'kiosk' || page === 'camera' ? paths[page] + encodeURIComponent(name) : paths[page]
  }

  /** From now on nothing leads away from this page. */
  lock(): void {
    this.#locked = true
  }

  go(page: Page, intent: Intent | null = null, name = ''): void {
    if (this.#locked) return
    const stays = page === this.page && name === this.name
    if (!stays && this.#asks?.(() => this.go(page, intent, name)) === true) return
    this.#intent = intent
    if (stays) return
    this.#push({ page, name })
    this.#spot = { page, name }
  }

  /** Whatever leads away from this page asks first, until the returned function is called. */
  guard(asks: Asks): () => void {
    this.#asks = asks
    return () => {
      if (this.#asks === asks) this.#asks = null
    }
  }

  /** What the page was opened for; told once. */
  takeIntent(): Intent | null {
    const intent = this.#intent
    this.#intent = null
    return intent
  }

  /** Follows the browser's back and forward; the returned function ends that. */
  start(): () => void {
    const moved = (): void => {
      if (this.#locked) return
      const spot = spotOf(this.#place.location)
      const stays = spot.page === this.page && spot.name === this.name
      // The browser is there already: this page comes after that one, so that one step back leads there when it may.
      if (!stays && this.#asks?.(() => this.#place.history.back()) === true) this.#push(this.#spot)
      else this.#spot = spot
    }
    this.#place.addEventListener('popstate', moved)
    return () => this.#place.removeEventListener('popstate', moved)
  }

  #push({ page, name }: Spot): void {
    try {
      this.#place.history.pushState(null, '', this.#addressOf(page, name))
    } catch {
      // A window whose pages have no addresses of their own: the page changes all the same.
    }
  }

  /** What else the address says (language, distance, budget) goes on to the next page. */
  #addressOf(page: Page, name: string): string {
    const path = page === 'wall' ? paths.wall : this.pathOf(page, name)
    return path + queryForWall(this.#place.location.search, page === 'wall' ? name : '')
  }
}
