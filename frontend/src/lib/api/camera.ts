import { field, flag, list, number, text, time, word } from './json'

/** The states of a stream, as the server names them. */
export const cameraStates = [
  'disabled', 'idle', 'connecting', 'live', 'silent', 'retrying', 'unauthorized', 'busy',
] as const

export type CameraState = (typeof cameraStates)[number]

export const transports = ['tcp', 'udp', 'auto'] as const
export type Transport = (typeof transports)[number]

export const rotations = [0, 90, 180, 270] as const
export type Rotation = (typeof rotations)[number]

export interface CameraStream {
  readonly name: string
  readonly codec: string
  /** Pixels; 0 while unknown. */
  readonly width: number
  readonly height: number
  /** Pictures a second; 0 while unknown. */
  readonly fps: number
  /** Without sign-in; empty while the device has to be asked for it. */
  readonly url: string
}

/** Marks beside a live picture. */
export interface Marks {
  readonly unchanged: boolean
  /** How far the picture lags, 0 when it does not. */
  readonly behindMs: number
}

export interface Camera {
  readonly id: string
  readonly name: string
  /** 0 = the camera has none. */
  readonly number: number
  /** Free text of the operator, shown bottom right; empty = none. */
  readonly text: string
  readonly state: CameraState
  readonly reason: string
  readonly message: string
  readonly hint: string
  /** Unix milliseconds; null when unknown. */
  readonly since: number | null
  readonly nextTry: number | null
  readonly marks: Marks
  readonly streams: readonly CameraStream[]
  /** The id of the device that it is on. */
  readonly device: string
  /** It stands in camwall.yaml or on the command line: not edited here. */
  readonly provisioned: boolean
  readonly revision: number
  readonly disabled: boolean
  /** It can be turned. */
  readonly ptz: boolean
  readonly rotation: Rotation
  readonly transport: Transport
  /** Whom it is signed in as; empty = nobody. */
  readonly user: string
  readonly hasPassword: boolean
}

/** An unknown word is a newer server's: not live, and nothing to say about it. */
export function cameraState(word: string): CameraState {
  return cameraStates.find((state) => state === word) ?? 'connecting'
}

/** Decodes the answer of `GET /api/v1/cameras`; null when it has not that shape. Missing fields take their zero. */
export function decodeCameras(body: unknown): Camera[] | null {
  const all = field(body, 'cameras')
  if (!Array.isArray(all)) return null
  const cameras = all.map(decodeCamera)
  return cameras.every((camera) => camera !== null) ? cameras : null
}

/** How a list goes on; null at its end. */
export function decodeNext(body: unknown): string | null {
  return text(body, 'next') || null
}

/** Decodes one camera; null without an id. */
export function decodeCamera(body: unknown): Camera | null {
  const id = text(body, 'id')
  if (id === '') return null
  const marks = field(body, 'marks')
  return {
    id,
    name: text(body, 'name'),
    number: number(body, 'number'),
    text: text(body, 'text'),
    state: cameraState(text(body, 'state')),
    reason: text(body, 'reason'),
    message: text(body, 'message'),
    hint: text(body, 'hint'),
    since: time(body, 'since'),
    nextTry: time(body, 'nextTry'),
    marks: { unchanged: flag(marks, 'unchanged'), behindMs: number(marks, 'behindMs') },
    streams: list(body, 'streams', decodeStream),
    device: text(body, 'device'),
    provisioned: flag(body, 'provisioned'),
    revision: number(body, 'revision'),
    disabled: flag(body, 'disabled'),
    ptz: flag(body, 'ptz'),
    rotation: rotations.find((degrees) => degrees === number(body, 'rotation')) ?? 0,
    transport: word(body, 'transport', transports),
    user: text(body, 'user'),
    hasPassword: flag(body, 'hasPassword'),
  }
}

function decodeStream(body: unknown): CameraStream {
  return {
    name: text(body, 'name'),
    codec: text(body, 'codec'),
    width: number(body, 'width'),
    height: number(body, 'height'),
    fps: number(body, 'fps'),
    url: text(body, 'url'),
  }
}
