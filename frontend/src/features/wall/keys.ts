import type { Direction, WallState } from '../../lib/state/wall.svelte'

/** What keys of the wall may do beside changing what it shows. */
export interface Hands {
  readonly wall: WallState
  /** A screen without an operator: nothing leads away from its wall. */
  readonly kiosk: boolean
  /** By number as in the menu, from 1; 0 is all cameras. */
  readonly chooseWall: (number: number) => void
  readonly openCameras: () => void
}

export type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'target'>

/** Does what a key asks of the wall; false where it means nothing now. */
type Act = (hands: Hands, key: string) => boolean

const directions: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down',
}

const move: Act = ({ wall }, key) => {
  const direction = directions[key]
  if (direction === undefined) return false
  wall.move(direction)
  return true
}

const turn = (by: 1 | -1): Act => ({ wall }) => {
  wall.turnPage(by)
  return true
}

const enlarge: Act = ({ wall }) => {
  wall.toggleEnlarged()
  return true
}

const chooseWall: Act = ({ chooseWall }, key) => {
  chooseWall(Number(key))
  return true
}

/** Every key of the wall, by its name in small letters; those with Alt begin so. The operator's tools come before these. */
const table: ReadonlyMap<string, Act> = new Map(Object.entries<Act>({
  'arrowleft': move,
  'arrowright': move,
  'arrowup': move,
  'arrowdown': move,
  'enter': enlarge,
  'f': enlarge,
  'pageup': turn(-1),
  'pagedown': turn(1),
  'alt+arrowleft': turn(-1),
  'alt+arrowright': turn(1),
  ' ': ({ wall }) => {
    wall.held = !wall.held
    return true
  },
  'i': ({ wall }) => {
    wall.information = !wall.information
    return true
  },
  'c': ({ kiosk, openCameras }) => {
    if (kiosk) return false
    openCameras()
    return true
  },
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [`alt+${digit}`, chooseWall])),
}))

/** Does what a key asks of the wall. Returns whether it meant anything: then the browser must not act on it too. */
export function pressed(hands: Hands, event: Press): boolean {
  const { wall } = hands
  const { key, altKey } = event
  if (event.ctrlKey || event.metaKey || isOthers(event)) return false
  if (key === 'Escape') return wall.back()
  if (key === '?') {
    wall.help = !wall.help
    return true
  }
  // What lies under the help is not to be seen, so it must not move.
  if (wall.help || wall.busy) return false
  return table.get(`${altKey ? 'alt+' : ''}${key.toLowerCase()}`)?.(hands, key) ?? false
}

/** Whether a key is for what has the keyboard: text that is written, a dialog; and Enter and Space on a button. */
function isOthers({ key, target }: Press): boolean {
  if (!(target instanceof Element)) return false
  if (target.closest('input, textarea, select, dialog, [role="menu"], [data-own-keys]') !== null) return true
  return (key === 'Enter' || key === ' ') && target.closest('button, a, summary') !== null
}
