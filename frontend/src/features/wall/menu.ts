import type { OperatorState } from '../../lib/operator/operator.svelte'
import type { MenuHands } from '../../lib/window/menu'
import type { World } from '../../world'

/** What the menu of our window does on every page. */
export function pageMenu({ route, wall }: World): MenuHands {
  return {
    wall: () => {
      if (route.page !== 'wall') route.go('wall')
    },
    cameras: () => route.go('cameras'),
    statistics: () => route.go('statistics'),
    help: () => {
      if (route.page === 'cameras') route.go('wall')
      if (!wall.busy) wall.help = true
    },
  }
}

const nothing = (): void => undefined

/** What it does on a wall that somebody operates. */
export function wallMenu({ wall }: World, operator: OperatorState): MenuHands {
  return {
    snapshot: () => {
      const { focus } = wall
      if (focus === null) operator.say({ kind: 'snapshotNone' })
      else void operator.snapshot(focus.id)
    },
    information: () => {
      wall.information = !wall.information
    },
    // What is being edited is not to be lost by a slip of the hand.
    ...(operator.open.kind === 'edit' ? { help: nothing, wall: nothing, cameras: nothing, statistics: nothing } : {}),
  }
}
