import type { OperatorMessages } from '../messages/operator'

/** What a tile's menu offers. */
export interface Action {
  readonly id: string
  readonly label: string
  /** The key that does the same; empty = none. */
  readonly key: string
  readonly act: () => void
}

/** What is true of a tile now, and what can be done to it. Null: it can't be done there. */
export interface TileTools {
  readonly enlarged: boolean
  readonly toggleEnlarged: () => void
  readonly playing: 'playing' | 'paused' | 'stopped'
  /** Pictures rest for a while; stop is for good, and lets go of the camera. */
  readonly pause: () => void
  readonly stop: () => void
  readonly play: () => void
  readonly snapshot: () => void
  readonly sounding: boolean
  readonly toggleSound: () => void
  readonly zoomed: boolean
  readonly zoomReset: () => void
  readonly turning: boolean
  /** Null for a camera that can't be turned. */
  readonly togglePtz: (() => void) | null
  readonly retry: () => void
  /** Null while the tile shows its own camera. */
  readonly putBack: (() => void) | null
  /** Null while it is shown alone. */
  readonly showAlone: (() => void) | null
  readonly settings: () => void
  readonly statistics: () => void
}

export function tileActions(tools: TileTools, m: OperatorMessages): Action[] {
  const action = (id: string, label: string, key: string, act: (() => void) | null): Action[] => (act === null ? [] : [{ id, label, key, act }])
  return [
    ...action('enlarge', tools.enlarged ? m.reduce : m.enlarge, 'Enter', tools.toggleEnlarged),
    ...action('play', m.play, '', tools.playing === 'playing' ? null : tools.play),
    ...action('pause', m.pause, '', tools.playing === 'playing' ? tools.pause : null),
    ...action('stop', m.stop, '', tools.playing === 'stopped' ? null : tools.stop),
    ...action('snapshot', m.snapshot, 'S', tools.snapshot),
    ...action('sound', tools.sounding ? m.soundOff : m.soundOn, 'M', tools.toggleSound),
    ...action('zoom-reset', m.zoomReset, 'Z', tools.zoomed ? tools.zoomReset : null),
    ...action('ptz', tools.turning ? m.ptzOff : m.ptz, 'P', tools.togglePtz),
    ...action('put-back', m.putBack, 'R', tools.putBack),
    ...action('retry', m.retry, '', tools.retry),
    ...action('alone', m.showAlone, '', tools.showAlone),
    ...action('settings', m.settings, '', tools.settings),
    ...action('statistics', m.statistics, '', tools.statistics),
  ]
}
