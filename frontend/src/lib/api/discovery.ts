import { decodeTrouble, type Trouble } from './device'
import { field, flag, list, number, text, texts, word } from './json'

export const foundKinds = ['camera', 'recorder', 'maybe', 'mediaServer', 'router', 'other'] as const
export type FoundKind = (typeof foundKinds)[number]

/** A device on the network, as far as it told without a password. */
export interface Found {
  readonly id: string
  readonly kind: FoundKind
  readonly name: string
  readonly hardware: string
  readonly maker: string
  /** The one that was reached first. */
  readonly addresses: readonly string[]
  /** Of its ONVIF device service. */
  readonly xaddrs: readonly string[]
  /** host:port where an RTSP service answered. */
  readonly rtsp: readonly string[]
  readonly mac: string
  readonly location: string
  readonly foundBy: readonly string[]
  readonly clockOffsetSeconds: number
  /** The id of the device that it is already; empty = none. */
  readonly inventory: string
  readonly problem: Trouble | null
}

/** How far a search is. */
export interface Progress {
  readonly searching: boolean
  readonly secondsLeft: number
  readonly interfaces: readonly string[]
}

export interface Discovery extends Progress {
  readonly devices: readonly Found[]
  /** What hinders the search itself. */
  readonly problems: readonly Trouble[]
}

export function decodeFound(body: unknown): Found | null {
  const id = text(body, 'id')
  if (id === '') return null
  return {
    id,
    kind: word(body, 'kind', foundKinds),
    name: text(body, 'name'),
    hardware: text(body, 'hardware'),
    maker: text(body, 'maker'),
    addresses: texts(body, 'addresses'),
    xaddrs: texts(body, 'xaddrs'),
    rtsp: texts(body, 'rtsp'),
    mac: text(body, 'mac'),
    location: text(body, 'location'),
    foundBy: texts(body, 'foundBy'),
    clockOffsetSeconds: number(body, 'clockOffsetSeconds'),
    inventory: text(body, 'inventory'),
    problem: decodeTrouble(field(body, 'problem')),
  }
}

export function decodeProgress(body: unknown): Progress {
  return { searching: flag(body, 'searching'), secondsLeft: Math.max(0, number(body, 'secondsLeft')), interfaces: texts(body, 'interfaces') }
}

/** Null when the body has no list of devices. */
export function decodeDiscovery(body: unknown): Discovery | null {
  if (!Array.isArray(field(body, 'devices'))) return null
  return { ...decodeProgress(body), devices: list(body, 'devices', decodeFound), problems: list(body, 'problems', decodeTrouble) }
}
