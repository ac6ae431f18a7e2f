import type { Attachment } from 'svelte/attachments'
import { boxIn, type Size } from './zoom'
import type { ZoomState } from './zoom.svelte'

export interface HandsConfig {
  readonly zoom: ZoomState
  /** Size of what is shown of the picture, in any unit; null while it is not known. */
  readonly picture: () => Size | null
  readonly fit: () => 'contain' | 'cover' | 'fill'
  /** The tile stands in a column that is scrolled: wheel and one finger are for that. */
  readonly scrolls: () => boolean
  /** The menu is wanted, at a point of the page. */
  readonly onmenu: (x: number, y: number) => void
}

/** So long a finger rests for the menu. */
const longPressMs = 550
const longPressPx = 10
/** The browser's own double click comes within this time behind the second tap. */
const doubleClickMs = 400

const wheelUnits = ['pixels', 'lines', 'pages'] as const

/** What a browser may do with fingers on a tile: it decides when they come down, so that has to be said before. */
export function touchAction(scrolls: boolean, zoomed: boolean): 'pan-y' | 'none' {
  return scrolls && !zoomed ? 'pan-y' : 'none'
}

/** Hands on a tile: wheel, drag and pinch zoom it; a right click or a long press asks for its menu. */
export function hands(config: HandsConfig): Attachment<HTMLElement> {
  return (element) => new Hands(element, config).start()
}

class Hands {
  readonly #element: HTMLElement
  readonly #config: HandsConfig
  readonly #end = new AbortController()
  #press: { readonly timer: ReturnType<typeof setTimeout>; readonly id: number; readonly x: number; readonly y: number } | null = null
  #tappedBackAt = -Infinity

  constructor(element: HTMLElement, config: HandsConfig) {
    this.#element = element
    this.#config = config
  }

  start(): () => void {
    const on = <K extends keyof HTMLElementEventMap>(name: K, act: (event: HTMLElementEventMap[K]) => void, passive = true): void =>
      this.#element.addEventListener(name, act, { signal: this.#end.signal, passive })
    on('wheel', (event) => this.#wheel(event), false)
    on('pointerdown', (event) => this.#down(event))
    on('pointermove', (event) => this.#move(event))
    on('pointerup', (event) => this.#up(event))
    on('pointercancel', (event) => this.#lost(event))
    on('contextmenu', (event) => this.#menu(event), false)
    on('dblclick', (event) => {
      // Two taps have put the picture back: they don't enlarge the tile, too.
      if (event.timeStamp - this.#tappedBackAt < doubleClickMs) event.stopPropagation()
    })
    return () => {
      this.#rest()
      this.#end.abort()
    }
  }

  #wheel(event: WheelEvent): void {
    const { zoom, scrolls } = this.#config
    if (isOthers(event) || (scrolls() && !event.ctrlKey) || event.deltaY === 0) return
    event.preventDefault()
    const { x, y } = this.#place(event)
    zoom.wheel(event.deltaY, wheelUnits[event.deltaMode] ?? 'pixels', x, y)
  }

  #down(event: PointerEvent): void {
    if (isOthers(event) || (event.pointerType === 'mouse' && event.button !== 0)) return
    const { zoom, onmenu } = this.#config
    const second = this.#press !== null
    this.#rest()
    zoom.down({ id: event.pointerId, ...this.#place(event) })
    if (event.pointerType === 'mouse') {
      if (zoom.zoomed && 'setPointerCapture' in this.#element) this.#element.setPointerCapture(event.pointerId)
      return
    }
    if (second) return
    const { clientX: x, clientY: y, pointerId: id } = event
    const timer = setTimeout(() => {
      this.#press = null
      zoom.lost(id)
      onmenu(x, y)
    }, longPressMs)
    this.#press = { timer, id, x, y }
  }

  #move(event: PointerEvent): void {
    if (this.#press?.id === event.pointerId && Math.hypot(event.clientX - this.#press.x, event.clientY - this.#press.y) > longPressPx) this.#rest()
    this.#config.zoom.move({ id: event.pointerId, ...this.#place(event) })
  }

  #up(event: PointerEvent): void {
    this.#rest()
    const { zoom } = this.#config
    // A mouse has a wheel and a double click of another meaning.
    if (event.pointerType === 'mouse') zoom.lost(event.pointerId)
    else if (zoom.up({ id: event.pointerId, ...this.#place(event) }, event.timeStamp)) this.#tappedBackAt = event.timeStamp
  }

  #lost(event: PointerEvent): void {
    this.#rest()
    this.#config.zoom.lost(event.pointerId)
  }

  #menu(event: MouseEvent): void {
    if (isOthers(event)) return
    event.preventDefault()
    this.#rest()
    this.#config.onmenu(event.clientX, event.clientY)
  }

  #rest(): void {
    if (this.#press !== null) clearTimeout(this.#press.timer)
    this.#press = null
  }

  /** In CSS pixels from the tile's corner; where the picture lies is looked at anew each time. */
  #place({ clientX, clientY }: MouseEvent): { readonly x: number; readonly y: number } {
    const box = this.#element.getBoundingClientRect()
    const { zoom, picture, fit } = this.#config
    zoom.place(boxIn(box, picture() ?? box, fit()))
    return { x: clientX - box.x, y: clientY - box.y }
  }
}

/** What lies over the picture has hands of its own. */
function isOthers({ target }: Event): boolean {
  return target instanceof Element && target.closest('button, a, input, select, [data-own-hands]') !== null
}
