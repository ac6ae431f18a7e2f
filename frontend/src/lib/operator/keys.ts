import type { Camera } from '../api/camera'
import type { PtzHand } from './ptz-hand'
import type { SwapState } from './swap.svelte'
import type { ZoomState } from './zoom.svelte'

/** The tile that has the focus, as far as keys act on it. */
export interface KeyTile {
  /** Where a swapped camera is to stand. */
  readonly place: string
  readonly zoom: ZoomState
  /** While its camera is being turned. */
  readonly hand: PtzHand | null
  readonly snapshot: () => void
  readonly toggleSound: () => void
  readonly togglePtz: () => void
  readonly openMenu: () => void
}

export interface KeyContext {
  readonly swap: SwapState
  readonly cameras: readonly Camera[]
  /** Null while no tile has the focus. */
  readonly tile: KeyTile | null
  readonly openSearch: () => void
  readonly edit: () => void
  /** Tells whether there was anything to take back. */
  readonly takeBack: () => boolean
}

export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat' | 'target'>

/**
 * Does what a key asks of the operator's tools. Returns whether it meant anything: then neither the wall nor the browser
 * must act on it. To be asked before the wall's own keys: Enter and Escape are the tools' while something is typed.
 */
export function operatorKeys(event: KeyPress, context: KeyContext): boolean {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || isWritten(target)) return false
  const { swap, tile } = context
  if (tile?.hand) {
    if (tile.hand.down(key, event.repeat)) return true
    if (key === 'Escape' || key.toLowerCase() === 'p') {
      tile.togglePtz()
      return true
    }
  }
  if (/^\d$/.test(key)) {
    if (tile === null) return false
    if (!event.repeat) swap.type(key)
    return true
  }
  switch (key) {
    case 'Enter':
      // What was typed goes into a tile, whatever has the keyboard.
      if (!swap.typing || tile === null) return false
      swap.enter(tile.place, context.cameras)
      return true
    case 'Escape':
      return swap.clear()
    case 'Backspace':
      if (!swap.typing) return false
      swap.rubOut()
      return true
    case '/':
      context.openSearch()
      return true
  }
  return letter(event, context) || (tile !== null && onTile(event, tile))
}

/** A key was let go. */
export function operatorKeyUp({ key }: Pick<KeyboardEvent, 'key'>, { tile }: Pick<KeyContext, 'tile'>): void {
  tile?.hand?.up(key)
}

function letter({ key, repeat }: KeyPress, { edit, takeBack }: KeyContext): boolean {
  switch (key.toLowerCase()) {
    case 'r':
      return takeBack()
    case 'e':
      if (!repeat) edit()
      return true
    default:
      return false
  }
}

function onTile({ key, shiftKey, repeat }: KeyPress, tile: KeyTile): boolean {
  const once = (act: () => void): true => {
    if (!repeat) act()
    return true
  }
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case 's':
      return once(tile.snapshot)
    case 'm':
      return once(tile.toggleSound)
    case 'p':
      return once(tile.togglePtz)
    case 'z':
      tile.zoom.reset()
      return true
    case '+':
    case '=':
      tile.zoom.step(true)
      return true
    case '-':
    case '_':
      tile.zoom.step(false)
      return true
    case 'ContextMenu':
      return once(tile.openMenu)
    case 'F10':
      return shiftKey && once(tile.openMenu)
    case 'ArrowLeft':
      return shiftKey && pan(tile.zoom, -1, 0)
    case 'ArrowRight':
      return shiftKey && pan(tile.zoom, 1, 0)
    case 'ArrowUp':
      return shiftKey && pan(tile.zoom, 0, -1)
    case 'ArrowDown':
      return shiftKey && pan(tile.zoom, 0, 1)
    default:
      return false
  }
}

function pan(zoom: ZoomState, right: number, down: number): boolean {
  if (!zoom.zoomed) return false
  zoom.pan(right, down)
  return true
}

/** Whether the key is for something that is being written or chosen. */
export function isWritten(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable || target.closest('dialog, [role="menu"], [data-own-keys]') !== null)
}
