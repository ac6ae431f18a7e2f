import type { View } from './view'

/** Kinds of being away that several may share. */
export type AwayKind = 'retrying' | 'unauthorized' | 'busy'

/** One tile as far as outages go. */
export interface OutageInput {
  readonly camera: string
  /** The id of its device; empty unknown. */
  readonly device: string
  readonly view: View
}

/** Cameras that are away for one reason, which is said once for all of them. */
export interface Outage {
  /** The id of their device; empty: they are of several, and went at the same moment. */
  readonly device: string
  readonly kind: AwayKind
  readonly reason: string
  readonly cameras: readonly string[]
  readonly since: number | null
  readonly nextTry: number | null
}

/** From so many on, one message is better than each its own. */
const least = 3
/** Of several devices it takes more, gone together: a switch. */
const leastOfSeveral = 4
const togetherMs = 5000

/** Finds what has one cause. No camera is in two of them. */
export function outagesOf(tiles: readonly OutageInput[]): Outage[] {
  const away = [...new Map(tiles.filter(({ view }) => awayKind(view) !== null).map((tile) => [tile.camera, tile])).values()]
  const ofDevices = groups(away.filter(({ device }) => device !== ''), ({ device, view }) => `${device} ${causeOf(view)}`, least)
    .map((group) => outage(group[0]?.device ?? '', group))
  const told = new Set(ofDevices.flatMap(({ cameras }) => cameras))
  const rest = away.filter(({ camera, view }) => !told.has(camera) && view.kind === 'retrying' && view.since !== null)
  return [...ofDevices, ...goneTogether(rest).map((group) => outage('', group))]
}

function awayKind({ kind }: View): AwayKind | null {
  return kind === 'retrying' || kind === 'unauthorized' || kind === 'busy' ? kind : null
}

function causeOf(view: View): string {
  return view.kind === 'retrying' ? `retrying ${view.reason}` : view.kind
}

function groups(tiles: readonly OutageInput[], keyOf: (tile: OutageInput) => string, atLeast: number): OutageInput[][] {
  const all = new Map<string, OutageInput[]>()
  for (const tile of tiles) {
    const group = all.get(keyOf(tile))
    if (group === undefined) all.set(keyOf(tile), [tile])
    else group.push(tile)
  }
  return [...all.values()].filter((group) => group.length >= atLeast)
}

/** Runs of outages for the same reason, each begun shortly after the one before. */
function goneTogether(tiles: readonly OutageInput[]): OutageInput[][] {
  const runs: OutageInput[][] = []
  const sorted = [...tiles].sort((one, other) => causeOf(one.view).localeCompare(causeOf(other.view)) || (sinceOf(one.view) ?? 0) - (sinceOf(other.view) ?? 0))
  let last: OutageInput | undefined
  for (const tile of sorted) {
    const joins = last !== undefined && causeOf(last.view) === causeOf(tile.view) && (sinceOf(tile.view) ?? 0) - (sinceOf(last.view) ?? 0) <= togetherMs
    if (joins) runs.at(-1)?.push(tile)
    else runs.push([tile])
    last = tile
  }
  return runs.filter((run) => run.length >= leastOfSeveral)
}

function outage(device: string, group: readonly OutageInput[]): Outage {
  const first = group[0]?.view
  return {
    device,
    kind: (first === undefined ? null : awayKind(first)) ?? 'retrying',
    reason: first?.kind === 'retrying' ? first.reason : '',
    cameras: group.map(({ camera }) => camera),
    since: smallest(group.map(({ view }) => sinceOf(view))),
    nextTry: smallest(group.map(({ view }) => ('nextTry' in view ? view.nextTry : null))),
  }
}

function sinceOf(view: View): number | null {
  return view.kind === 'retrying' ? view.since : null
}

function smallest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
