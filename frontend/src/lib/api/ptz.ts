import { call, json, type CallConfig } from './call'
import { field, flag, list, number, text } from './json'
import type { Result } from './result'

/** A speed or a way, from -1 to 1 an axis: right, up and in are positive. */
export interface Vector {
  readonly pan: number
  readonly tilt: number
  readonly zoom: number
}

/** A position that a camera keeps. */
export interface Preset {
  readonly token: string
  readonly name: string
}

/** Where a camera looks. */
export interface Look {
  readonly position: Vector
  readonly moving: boolean
  readonly presets: readonly Preset[]
}

/** What a camera is to do: one of them. */
export type Move =
  | { readonly continuous: Vector; readonly timeoutSeconds: number }
  | { readonly relative: Vector }
  | { readonly preset: string }
  | { readonly home: true }
  | { readonly stop: true }

/** The calls that turn a camera. */
export class PtzApi {
  readonly #config: CallConfig

  constructor(config: CallConfig) {
    this.#config = config
  }

  look(camera: string, signal: AbortSignal): Promise<Result<Look>> {
    return call(this.#config, { path: pathOf(camera), read: json(decodeLook) }, signal)
  }

  move(camera: string, body: Move, signal: AbortSignal): Promise<Result<true>> {
    return call(this.#config, { path: pathOf(camera), method: 'POST', body, read: () => Promise.resolve(true as const) }, signal)
  }

  /** Stops it also when the page goes away in this moment: the browser sends it all the same. */
  stopAtLast(camera: string): void {
    const sent = this.#config.fetch(pathOf(camera), {
      method: 'POST', keepalive: true, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ stop: true }),
    })
    // Nobody is there any more to be told.
    sent.catch(() => undefined)
  }
}

function pathOf(camera: string): string {
  return `/api/v1/cameras/${encodeURIComponent(camera)}/ptz`
}

function decodeLook(body: unknown): Look | null {
  if (!Array.isArray(field(body, 'presets'))) return null
  const position = field(body, 'position')
  return {
    position: { pan: number(position, 'pan'), tilt: number(position, 'tilt'), zoom: number(position, 'zoom') },
    moving: flag(body, 'moving'),
    presets: list(body, 'presets', decodePreset),
  }
}

function decodePreset(body: unknown): Preset | null {
  const token = text(body, 'token')
  return token === '' ? null : { token, name: text(body, 'name') }
}
