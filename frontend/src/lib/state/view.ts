import type { Camera, CameraState } from '../api/camera'
import type { Refusal, Status, TileSight } from '../live/client'

/** Why an operator's tile has no pictures now. */
export interface Hold {
  readonly kind: 'paused' | 'stopped'
  readonly since: number
}

/** What a tile shows beside its last picture. Times are unix milliseconds by the local clock. */
export type View =
  | { readonly kind: 'live'; readonly unchangedSince: number | null; readonly behindMs: number; readonly reduced: '' | 'link' | 'screen' }
  | { readonly kind: 'connecting'; readonly since: number }
  /** By the server's account: it has the camera, and the camera sends nothing. */
  | { readonly kind: 'silent'; readonly since: number }
  /** By our own: nothing came to this page. */
  | { readonly kind: 'stale'; readonly since: number }
  | { readonly kind: 'retrying'; readonly since: number | null; readonly nextTry: number | null; readonly reason: string; readonly message: string }
  | { readonly kind: 'unauthorized'; readonly nextTry: number | null; readonly message: string }
  | { readonly kind: 'busy'; readonly nextTry: number | null; readonly message: string }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** There is no camera of that name, or no longer. */
  | { readonly kind: 'missing' }
  /** Nobody looks, or a person wants it so. */
  | { readonly kind: 'paused'; readonly since: number }
  | { readonly kind: 'stopped'; readonly since: number; readonly pictureTime: number | null }
  /** Our own server gives no answer: said once for the whole wall. */
  | { readonly kind: 'gone' }

export interface ViewInput {
  readonly sight: TileSight
  /** Of the list; null when it is not in it. */
  readonly camera: Camera | null
  /** Whether the list is known. */
  readonly listed: boolean
  readonly hold: Hold | null
  /** Since when nobody sees the page; null while somebody does. */
  readonly restsSince: number | null
  readonly serverGone: boolean
  /** When the tile began. */
  readonly since: number
  readonly now: number
}

/** Younger pictures are called live, unless the camera sends one more seldom. */
const staleAfterMs = 3000

/** Decides what one tile shows. */
export function viewOf(input: ViewInput): View {
  const { sight, camera, hold, restsSince, now } = input
  if (hold !== null) return hold.kind === 'paused' ? { kind: 'paused', since: hold.since } : { ...hold, kind: 'stopped', pictureTime: sight.pictureTime }
  if (restsSince !== null) return { kind: 'paused', since: restsSince }
  if (input.serverGone) return { kind: 'gone' }
  if (input.listed && camera === null && sight.phase !== 'told') return { kind: 'missing' }
  switch (sight.phase) {
    case 'waiting':
    case 'stopped':
    case 'lost':
      return camera === null || working(camera.state) ? starting(input) : account(camera.state, camera, input)
    case 'told':
      return sight.status === null ? starting(input) : account(sight.status.state, sight.status, input)
    case 'refused':
      return refused(sight.refusal, input, now)
    default:
      return sight.phase satisfies never
  }
}

/** States of the list that say nothing against a picture coming. */
function working(state: CameraState): boolean {
  return state === 'live' || state === 'idle'
}

function starting({ since, sight, now }: ViewInput): View {
  // A picture from before: its age counts.
  return sight.pictureTime !== null && now - sight.pictureTime >= staleAfterMs ? { kind: 'stale', since: sight.pictureTime } : { kind: 'connecting', since }
}

type Account = Pick<Status, 'reason' | 'message' | 'since' | 'nextTry'>

function account(state: CameraState, told: Account, input: ViewInput): View {
  const { since, nextTry, reason, message } = told
  switch (state) {
    case 'live':
      return seen(input)
    case 'connecting':
      return { kind: 'connecting', since: since ?? input.since }
    case 'silent':
      return { kind: 'silent', since: input.sight.pictureTime ?? since ?? input.now }
    case 'retrying':
      return { kind: 'retrying', since, nextTry, reason, message }
    case 'unauthorized':
      return { kind: 'unauthorized', nextTry, message }
    case 'busy':
      return { kind: 'busy', nextTry, message }
    case 'disabled':
      return { kind: 'disabled' }
    case 'idle':
      return { kind: 'idle' }
    default:
      return state satisfies never
  }
}

/** The camera is live by the server's account. Whether the picture is, is seen by its age. */
function seen(input: ViewInput): View {
  const { pictureTime, status, live, unchangedSince, reduced } = input.sight
  if (pictureTime === null) return { kind: 'connecting', since: Math.max(input.since, status?.since ?? 0) }
  // The clock of the page ticks in steps; the picture may be newer.
  const ageMs = input.now - pictureTime
  if (ageMs >= patienceMs(status)) return { kind: 'stale', since: pictureTime }
  if (!live && ageMs >= 1000) return { kind: 'connecting', since: Math.max(input.since, status?.since ?? 0) }
  return { kind: 'live', unchangedSince, behindMs: status?.behindMs ?? 0, reduced }
}

/** How old the picture of a live camera may be: three seconds, or the time of four pictures. */
function patienceMs(status: Status | null): number {
  const rates = [status?.fps ?? 0, status?.rendition?.fps ?? 0].filter((fps) => fps > 0)
  return Math.max(staleAfterMs, 4000 / Math.min(...rates, Infinity))
}

/** 503 is the answer while a camera is not live: the list says why. */
function refused(refusal: Refusal | null, input: ViewInput, now: number): View {
  const { camera } = input
  if (refusal === null) return starting(input)
  if (refusal.status === 404) return { kind: 'missing' }
  if (refusal.status !== 503 || camera === null) return { kind: 'refused', refusal }
  return working(camera.state) ? { kind: 'connecting', since: camera.since ?? now } : account(camera.state, camera, input)
}

/** How the last picture is shown under what is said. */
export type Dim = 'none' | 'soft' | 'grey'

/** From when on a picture that no longer comes is grey. */
const greyAfterMs = 10_000

export function dimOf(view: View, now: number): Dim {
  switch (view.kind) {
    case 'live':
      return 'none'
    case 'connecting':
    case 'idle':
    case 'paused':
    case 'stopped':
      return 'soft'
    case 'silent':
    case 'stale':
      return now - view.since >= greyAfterMs ? 'grey' : 'soft'
    case 'retrying':
    case 'unauthorized':
    case 'busy':
    case 'disabled':
    case 'refused':
    case 'missing':
    case 'gone':
      return 'grey'
    default:
      return view satisfies never
  }
}

/** Whether two say the same: what shows the one need not look at the other. */
export function sameView(one: View, other: View): boolean {
  return one.kind === other.kind && JSON.stringify(one) === JSON.stringify(other)
}
