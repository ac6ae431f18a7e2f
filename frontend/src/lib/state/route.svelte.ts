export type Page = 'wall' | 'cameras'

/** What a page is to do as soon as it is there. */
export type Intent = 'find' | 'paste' | 'import'

const paths: Readonly<Record<Page, string>> = { wall: '/', cameras: '/cameras' }

function pageOf(pathname: string): Page {
  return pathname.replace(/\/+$/, '') === paths.cameras ? 'cameras' : 'wall'
}

/** The part of the browser that a route needs. */
export interface Place {
  readonly location: { readonly pathname: string }
  readonly history: Pick<History, 'pushState'>
  addEventListener(type: 'popstate', listener: () => void): void
  removeEventListener(type: 'popstate', listener: () => void): void
}

/** Which page is shown, kept in the address. */
export class RouteState {
  readonly #place: Place
  #page = $state<Page>('wall')
  #intent: Intent | null = null

  constructor(place: Place) {
    this.#place = place
    this.#page = pageOf(place.location.pathname)
  }

  get page(): Page {
    return this.#page
  }

  /** The address of a page, for links that can be opened elsewhere too. */
  pathOf(page: Page): string {
    return paths[page]
  }

  go(page: Page, intent: Intent | null = null): void {
    this.#intent = intent
    if (page === this.#page) return
    try {
      this.#place.history.pushState(null, '', paths[page])
    } catch {
      // A window whose pages have no addresses of their own: the page changes all the same.
    }
    this.#page = page
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
      this.#page = pageOf(this.#place.location.pathname)
    }
    this.#place.addEventListener('popstate', moved)
    return () => this.#place.removeEventListener('popstate', moved)
  }
}
