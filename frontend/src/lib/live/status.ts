import { cameraState, type CameraState } from '../api/camera'
import { field, number, text, word } from '../api/json'
import { maybe } from './protocol'
import type { Refusal } from './watch'

/** What the server says of a tile. Times of day are local Unix ms, whatever the server's clock says. */
export interface Status {
  readonly camera: string
  readonly source: number
  /** main, sub, ... */
  readonly stream: string
  /** How pictures come. */
  readonly format: '' | 'jpeg' | 'h264' | 'h265'
  /** Why they do not come in the first of the accepted formats. */
  readonly why: '' | 'codec' | 'link'
  /** Of the camera's stream: "H264", pixels as displayed, measured rate, bits a second; empty or 0 unknown. */
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly bitrate: number
  /** The camera's shape, the same for all its streams; null unknown. */
  readonly shape: { readonly width: number; readonly height: number } | null
  /** Degrees clockwise by which a coded picture has to be turned. */
  readonly rotation: number
  /** Of JPEGs; null for others. */
  readonly rendition: { readonly width: number; readonly height: number; readonly fps: number; readonly quality: number } | null
  readonly state: CameraState
  readonly reason: string
  readonly message: string
  readonly hint: string
  readonly since: number | null
  readonly nextTry: number | null
  /** When the newest picture came from the camera; null: none has. */
  readonly newest: number | null
  /** Seconds after which identical pictures are to be told; 0 never. */
  readonly unchangedAfter: number
  readonly unchangedSince: number | null
  /** Ms by which the stream is behind its own best; 0 while that is not worth a word. */
  readonly behindMs: number
  readonly reduced: '' | 'link' | 'screen'
}

const formats = ['jpeg', 'h264', 'h265', ''] as const
const whys = ['codec', 'link', ''] as const
const reductions = ['link', 'screen', ''] as const

/** Decodes a state. `local` makes local Unix ms of the server's; `date` is now, in local Unix ms. */
export function decodeStatus(body: unknown, local: (date: number) => number, date: number): Status {
  const day = (name: string): number | null => {
    const value = maybe(body, name)
    return value === null || value <= 0 ? null : local(value)
  }
  const age = maybe(body, 'age')
  return {
    camera: text(body, 'camera'),
    source: number(body, 'source'),
    stream: text(body, 'stream'),
    format: word(body, 'format', formats),
    why: word(body, 'why', whys),
    codec: text(body, 'codec'),
    width: number(body, 'width'),
    height: number(body, 'height'),
    fps: number(body, 'fps'),
    bitrate: number(body, 'bitrate'),
    shape: decodeShape(field(body, 'shape')),
    rotation: ((number(body, 'rotation') % 360) + 360) % 360,
    rendition: decodeRendition(field(body, 'rendition')),
    state: cameraState(text(body, 'state')),
    reason: text(body, 'reason'),
    message: text(body, 'message'),
    hint: text(body, 'hint'),
    since: day('since'),
    nextTry: day('nextTry'),
    newest: age === null ? null : date - age,
    unchangedAfter: Math.max(0, number(body, 'unchangedAfter')),
    unchangedSince: day('unchangedSince'),
    behindMs: Math.max(0, number(body, 'behind')),
    reduced: word(body, 'reduced', reductions),
  }
}

function decodeShape(value: unknown): Status['shape'] {
  const [width, height] = Array.isArray(value) ? (value as unknown[]) : []
  return typeof width === 'number' && typeof height === 'number' && width > 0 && height > 0 ? { width, height } : null
}

function decodeRendition(value: unknown): Status['rendition'] {
  if (number(value, 'width') <= 0) return null
  return { width: number(value, 'width'), height: number(value, 'height'), fps: number(value, 'fps'), quality: number(value, 'quality') }
}

/** Why there is nothing to watch. */
export function decodeRefusal(body: unknown): Refusal {
  return { status: number(body, 'status'), code: text(body, 'code'), message: text(body, 'message'), hint: text(body, 'hint') }
}
