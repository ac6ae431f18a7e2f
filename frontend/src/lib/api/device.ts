import { field, flag, list, number, text, texts, word } from './json'

/** What is wrong with a thing, as the server tells it. */
export interface Trouble {
  readonly code: string
  /** For people, in the server's language. */
  readonly message: string
  readonly hint: string
}

/** null is no trouble. */
export function decodeTrouble(body: unknown): Trouble | null {
  const code = text(body, 'code')
  return code === '' ? null : { code, message: text(body, 'message'), hint: text(body, 'hint') }
}

/** A device of the inventory: one thing with an address, on which cameras are. */
export interface Device {
  readonly id: string
  readonly name: string
  /** host:port of its RTSP service. */
  readonly address: string
  /** The address of its ONVIF device service; empty = none is known. */
  readonly onvif: string
  readonly kind: 'recorder' | 'camera'
  readonly maker: string
  readonly model: string
  readonly user: string
  readonly provisioned: boolean
  readonly revision: number
  /** Ids of its cameras. */
  readonly cameras: readonly string[]
  readonly problem: Trouble | null
}

export function decodeDevice(body: unknown): Device | null {
  const id = text(body, 'id')
  if (id === '') return null
  return {
    id,
    name: text(body, 'name'),
    address: text(body, 'address'),
    onvif: text(body, 'onvif'),
    kind: word(body, 'kind', ['recorder', 'camera']),
    maker: text(body, 'maker'),
    model: text(body, 'model'),
    user: text(body, 'user'),
    provisioned: flag(body, 'provisioned'),
    revision: number(body, 'revision'),
    cameras: texts(body, 'cameras'),
    problem: decodeTrouble(field(body, 'problem')),
  }
}

/** One video source of a described device. */
export interface Channel {
  /** The token by which it is named in calls. */
  readonly source: string
  readonly name: string
  /** 1, 2, ... in the device's order. */
  readonly number: number
  /** Whether it has a profile that can be shown. */
  readonly playable: boolean
  /** The id of the camera that it is already; empty = none. */
  readonly camera: string
}

export interface Profile {
  readonly token: string
  readonly name: string
  readonly source: string
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly bitRateKbps: number
  /** On the device's own scale. */
  readonly quality: number
  /** The camera and stream that it is in use for, "gate/main"; empty = none. */
  readonly use: string
  /** Whether a camera of its source would have it, as main or sub. */
  readonly chosen: 'main' | 'sub' | ''
}

/** What a device told when it was asked. */
export interface Description {
  /** Of the device when it is in the inventory; else empty. */
  readonly id: string
  readonly kind: 'recorder' | 'camera'
  readonly maker: string
  readonly model: string
  readonly firmware: string
  readonly serial: string
  readonly mac: string
  readonly onvif: string
  readonly clockOffsetSeconds: number
  readonly channels: readonly Channel[]
  readonly profiles: readonly Profile[]
  /** What could not be read. */
  readonly problems: readonly Trouble[]
}

/** Null when the body is no object. */
export function decodeDescription(body: unknown): Description | null {
  if (!Array.isArray(field(body, 'channels'))) return null
  const chosen = new Map<string, 'main' | 'sub'>()
  for (const channel of list(body, 'channels', (one) => one)) {
    chosen.set(text(channel, 'sub'), 'sub')
    chosen.set(text(channel, 'main'), 'main')
  }
  return {
    id: text(body, 'id'),
    kind: word(body, 'kind', ['recorder', 'camera']),
    maker: text(body, 'maker'),
    model: text(body, 'model'),
    firmware: text(body, 'firmware'),
    serial: text(body, 'serial'),
    mac: text(body, 'mac'),
    onvif: text(body, 'onvif'),
    clockOffsetSeconds: number(body, 'clockOffsetSeconds'),
    channels: list(body, 'channels', decodeChannel),
    profiles: list(body, 'profiles', (one) => decodeProfile(one, chosen)),
    problems: list(body, 'problems', decodeTrouble),
  }
}

function decodeChannel(body: unknown): Channel | null {
  const source = text(body, 'source')
  if (source === '') return null
  return { source, name: text(body, 'name'), number: number(body, 'number'), playable: text(body, 'main') !== '', camera: text(body, 'camera') }
}

function decodeProfile(body: unknown, chosen: ReadonlyMap<string, 'main' | 'sub'>): Profile | null {
  const token = text(body, 'token')
  if (token === '') return null
  return {
    token,
    name: text(body, 'name'),
    source: text(body, 'source'),
    codec: text(body, 'codec') === 'unknown' ? text(body, 'codecName') : text(body, 'codec'),
    width: number(body, 'width'),
    height: number(body, 'height'),
    fps: number(body, 'fps'),
    bitRateKbps: number(body, 'bitRateKbps'),
    quality: number(body, 'quality'),
    use: text(body, 'use'),
    chosen: chosen.get(token) ?? '',
  }
}
