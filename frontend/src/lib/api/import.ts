import { decodeTrouble, type Trouble } from './device'
import { field, flag, list, text } from './json'

/** A camera that another system's file names. */
export interface ImportedCamera {
  readonly id: string
  readonly name: string
  /** The addresses of its streams, else that of its ONVIF service; without sign-in. */
  readonly addresses: readonly string[]
  readonly signIn: boolean
  /** Where in the file it stands. */
  readonly from: string
  readonly added: boolean
  readonly problem: Trouble | null
}

/** What an import would do, or has done. */
export interface Imported {
  readonly format: string
  readonly cameras: readonly ImportedCamera[]
  /** What could not be taken, and why. */
  readonly left: readonly { readonly from: string; readonly why: string }[]
}

export function decodeImported(body: unknown): Imported | null {
  if (!Array.isArray(field(body, 'cameras'))) return null
  return {
    format: text(body, 'format'),
    cameras: list(body, 'cameras', decodeOne),
    left: list(body, 'left', (one) => ({ from: text(one, 'from'), why: text(one, 'why') })),
  }
}

function decodeOne(body: unknown): ImportedCamera | null {
  const id = text(body, 'id')
  if (id === '') return null
  const streams = field(body, 'streams')
  const urls = typeof streams === 'object' && streams !== null ? Object.values(streams).filter((url) => typeof url === 'string') : []
  const onvif = text(body, 'onvif')
  return {
    id,
    name: text(body, 'name'),
    addresses: urls.length > 0 || onvif === '' ? urls : [onvif],
    signIn: flag(body, 'signIn'),
    from: text(body, 'from'),
    added: flag(body, 'added'),
    problem: decodeTrouble(field(body, 'problem')),
  }
}
