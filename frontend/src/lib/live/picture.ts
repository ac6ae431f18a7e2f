import { cameraState, type CameraState } from '../api/camera'

/** What came beside one picture: the server's account of the camera at that moment. */
export interface PictureInfo {
  readonly state: CameraState
  readonly reason: string
  /** A sentence for people, from the server; may be empty. */
  readonly message: string
  /** Unix milliseconds by the server's clock; null when not told. */
  readonly since: number | null
  readonly nextTry: number | null
  /** Number of the picture; null when not told. */
  readonly seq: number | null
  /** Age of the picture when it was written, in milliseconds. */
  readonly ageMs: number
  readonly unchanged: boolean
  readonly behind: boolean
  /** "WxH", or empty when not told. */
  readonly size: string
}

/** Reads the X- headers of a part or of a still. All of them may be missing: then the picture is simply live. */
export function pictureInfo(header: (name: string) => string | null): PictureInfo {
  const text = (name: string): string => header(`x-camwall-${name}`) ?? ''
  const state = text('state')
  const marks = text('marks').split(',').map((mark) => mark.trim())
  return {
    state: state === '' ? 'live' : cameraState(state),
    reason: text('reason'),
    message: percentDecoded(text('message')),
    since: positive(text('since')),
    nextTry: positive(text('next-try')),
    seq: whole(text('seq')),
    ageMs: whole(text('age')) ?? 0,
    unchanged: marks.includes('unchanged'),
    behind: marks.includes('behind'),
    size: /^\d+x\d+$/.test(text('size')) ? text('size') : '',
  }
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function whole(value: string): number | null {
  return /^\d{1,15}$/.test(value) ? Number(value) : null
}

function positive(value: string): number | null {
  const time = whole(value)
  return time === 0 ? null : time
}
