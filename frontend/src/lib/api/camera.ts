/** The states of a stream, as the server names them. */
export const cameraStates = [
  'disabled', 'idle', 'connecting', 'live', 'silent', 'retrying', 'unauthorized', 'busy',
] as const

export type CameraState = (typeof cameraStates)[number]

export interface CameraStream {
  readonly name: string
  readonly codec: string
  /** Pixels; 0 while unknown. */
  readonly width: number
  readonly height: number
  /** Pictures a second; 0 while unknown. */
  readonly fps: number
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
  /** Unix milliseconds; null when unknown. */
  readonly since: number | null
  readonly nextTry: number | null
  readonly marks: Marks
  readonly streams: readonly CameraStream[]
}

/** An unknown word is a newer server's: not live, and nothing to say about it. */
export function cameraState(word: string): CameraState {
  return cameraStates.find((state) => state === word) ?? 'connecting'
}

/** Decodes the answer of `GET /api/v1/cameras`; null when it has not that shape. Missing fields take their zero. */
export function decodeCameras(body: unknown): Camera[] | null {
  const list = field(body, 'cameras')
  if (!Array.isArray(list)) return null
  const cameras = list.map(decodeCamera)
  return cameras.every((camera) => camera !== null) ? cameras : null
}

function decodeCamera(body: unknown): Camera | null {
  const id = text(body, 'id')
  if (id === '') return null
  const marks = field(body, 'marks')
  const streams = field(body, 'streams')
  return {
    id,
    name: text(body, 'name'),
    number: number(body, 'number'),
    text: text(body, 'text'),
    state: cameraState(text(body, 'state')),
    reason: text(body, 'reason'),
    message: text(body, 'message'),
    since: time(body, 'since'),
    nextTry: time(body, 'nextTry'),
    marks: { unchanged: field(marks, 'unchanged') === true, behindMs: number(marks, 'behindMs') },
    streams: Array.isArray(streams) ? streams.map(decodeStream) : [],
  }
}

function decodeStream(body: unknown): CameraStream {
  return {
    name: text(body, 'name'),
    codec: text(body, 'codec'),
    width: number(body, 'width'),
    height: number(body, 'height'),
    fps: number(body, 'fps'),
  }
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}

function text(body: unknown, name: string): string {
  const value = field(body, name)
  return typeof value === 'string' ? value : ''
}

function number(body: unknown, name: string): number {
  const value = field(body, name)
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** RFC 3339; the server's zero time (year 1) means unknown. */
function time(body: unknown, name: string): number | null {
  const value = Date.parse(text(body, name))
  return Number.isFinite(value) && value > 0 ? value : null
}
