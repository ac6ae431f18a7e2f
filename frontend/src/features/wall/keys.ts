import type { Panels } from '../../lib/state/panels'
import type { Direction, WallState } from '../../lib/state/wall.svelte'

const directions: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down',
}

const panels: Readonly<Record<string, Panels>> = { 1: 1, 4: 4, 9: 9 }

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>

/** Whether a key asks for the page of cameras. */
export function leaves(wall: WallState, { key, ctrlKey, metaKey, altKey }: Press): boolean {
  return key.toLowerCase() === 'c' && !ctrlKey && !metaKey && !altKey && !wall.help
}

/** Does what a key asks of the wall. Returns whether it meant anything: then the browser must not act on it too. */
export function pressed(wall: WallState, event: Press): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  if (event.key === 'Escape') return wall.back()
  if (event.key === '?') {
    wall.help = !wall.help
    return true
  }
  // What lies under the help is not to be seen, so it must not move.
  return !wall.help && pressedOnWall(wall, event.key)
}

function pressedOnWall(wall: WallState, key: string): boolean {
  const direction = directions[key]
  const count = panels[key]
  if (direction !== undefined) {
    wall.move(direction)
  } else if (count !== undefined) {
    wall.choosePanels(count)
  } else {
    switch (key.toLowerCase()) {
      case 'enter':
      case 'f':
        wall.toggleEnlarged()
        break
      case 'i':
        wall.information = !wall.information
        break
      case 'pageup':
        wall.turnPage(-1)
        break
      case 'pagedown':
        wall.turnPage(1)
        break
      default:
        return false
    }
  }
  return true
}
