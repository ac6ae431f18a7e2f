import type { TileTools } from '../../lib/operator/actions'
import type { OperatorState } from '../../lib/operator/operator.svelte'
import type { World } from '../../world'

/** What the menu of a place does; null when nothing is shown there any more. */
export function toolsOf(world: World, operator: OperatorState, slot: string): (TileTools & { readonly camera: string }) | null {
  const { board, route, swap, wall } = world
  const tile = board.of(slot)
  if (tile === null) return null
  const zoom = operator.zoomOf(slot)
  return {
    camera: tile.camera,
    enlarged: wall.enlarged?.id === slot,
    toggleEnlarged: () => {
      wall.focusOn(slot)
      wall.toggleEnlarged()
    },
    playing: tile.hold === null ? 'playing' : tile.hold.kind,
    pause: () => tile.stop('paused'),
    stop: () => tile.stop('stopped'),
    play: () => tile.play(),
    snapshot: () => void operator.snapshot(slot),
    sounding: tile.sounding,
    toggleSound: () => operator.toggleSound(slot),
    zoomed: zoom.zoomed,
    zoomReset: () => zoom.reset(),
    turning: operator.turning?.slot === slot,
    togglePtz: wall.camera(tile.camera)?.ptz === true ? () => operator.togglePtz(slot) : null,
    retry: () => void operator.retry(slot),
    putBack: swap.at(slot) === null ? null : () => swap.putBack(slot),
    showAlone: route.page === 'camera' ? null : () => route.go('camera', null, tile.camera),
    settings: () => route.go('cameras'),
    statistics: () => {
      if (route.page === 'wall') route.go('statistics')
      else operator.show({ kind: 'statistics' })
    },
  }
}
