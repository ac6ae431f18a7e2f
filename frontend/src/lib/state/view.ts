import type { Camera, CameraState } from '../api/camera'
import type { Problem } from '../api/result'
import type { PictureInfo } from '../live/picture'

/** Where a tile's source of pictures stands. */
export type Phase =
  | { readonly kind: 'starting'; readonly since: number }
  /** The last thing that came was a picture, or an account of why there is none. */
  | { readonly kind: 'delivering'; readonly info: PictureInfo }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'lost'; readonly since: number }
  | { readonly kind: 'paused'; readonly since: number }

/** What a tile shows beside its last picture. Times are unix milliseconds by the local clock unless said otherwise. */
export type View =
  | { readonly kind: 'live'; readonly unchanged: boolean; readonly behindMs: number | null }
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
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'paused'; readonly since: number }
  /** Our own server gives no answer: said once for the whole wall. */
  | { readonly kind: 'gone' }

export interface ViewInput {
  readonly phase: Phase
  readonly camera: Camera
  readonly serverGone: boolean
  /** When the newest live picture was taken, in unix milliseconds by the local clock; null before the first. */
  readonly pictureTime: number | null
  readonly now: number
}

/** Younger pictures are still called live while a connection is replaced. */
export const staleAfterMs = 3000

/** Decides what one tile shows. */
export function viewOf(input: ViewInput): View {
  const { phase, camera } = input
  if (phase.kind === 'paused') return { kind: 'paused', since: phase.since }
  if (input.serverGone) return { kind: 'gone' }
  switch (phase.kind) {
    case 'starting':
      return camera.state === 'live' || camera.state === 'idle'
        ? { kind: 'connecting', since: phase.since }
        : told(camera.state, camera, input)
    case 'delivering':
      return told(phase.info.state, phase.info, input)
    case 'refused':
      return refused(phase.problem, input)
    case 'lost':
      return lost(phase.since, input)
    default:
      return phase satisfies never
  }
}

type Account = Pick<PictureInfo, 'reason' | 'message' | 'since' | 'nextTry'>

function told(state: CameraState, account: Account, input: ViewInput): View {
  const { since, nextTry, reason, message } = account
  switch (state) {
    case 'live':
      return { kind: 'live', ...marks(input) }
    case 'connecting':
      return { kind: 'connecting', since: since ?? input.now }
    case 'silent':
      return { kind: 'silent', since: input.pictureTime ?? since ?? input.now }
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

/** The picture's own headers are the newer account; the list alone knows how far behind. */
function marks({ phase, camera }: ViewInput): { unchanged: boolean; behindMs: number | null } {
  const info = phase.kind === 'delivering' ? phase.info : null
  const behind = info === null ? camera.marks.behindMs > 0 : info.behind || camera.marks.behindMs > 0
  return {
    unchanged: info === null ? camera.marks.unchanged : info.unchanged || camera.marks.unchanged,
    behindMs: behind ? camera.marks.behindMs : null,
  }
}

/** 503 is the answer to asking for the picture of a camera that is not live: the list says why. */
function refused(problem: Problem, input: ViewInput): View {
  const { camera } = input
  if (problem.status !== 503) return { kind: 'refused', problem }
  if (camera.state === 'live' || camera.state === 'idle') return { kind: 'connecting', since: camera.since ?? input.now }
  return told(camera.state, camera, input)
}

/** A new connection is on its way. A young picture may stay as it is meanwhile; an old one must not pass for live. */
function lost(since: number, input: ViewInput): View {
  if (input.camera.state !== 'live' && input.camera.state !== 'idle') return told(input.camera.state, input.camera, input)
  if (input.pictureTime === null) return { kind: 'connecting', since }
  // The clock of the page ticks in steps; the loss may be newer.
  return Math.max(input.now, since) - input.pictureTime < staleAfterMs
    ? { kind: 'live', ...marks(input) }
    : { kind: 'stale', since: input.pictureTime }
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
      return 'soft'
    case 'silent':
    case 'stale':
      return now - view.since >= greyAfterMs ? 'grey' : 'soft'
    case 'retrying':
    case 'unauthorized':
    case 'busy':
    case 'disabled':
    case 'refused':
    case 'gone':
      return 'grey'
    default:
      return view satisfies never
  }
}
