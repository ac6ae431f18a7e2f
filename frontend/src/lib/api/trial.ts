import { field, list, number, text } from './json'

export interface Track {
  readonly kind: string
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly fps: number
}

/** What the address of a stream gave. */
export interface Trial {
  readonly tracks: readonly Track[]
  readonly width: number
  readonly height: number
  readonly transport: string
  /** The one that worked, without sign-in. */
  readonly address: string
  readonly maker: string
  /** JPEG in base64; empty without one. */
  readonly picture: string
}

export function decodeTrial(body: unknown): Trial | null {
  if (!Array.isArray(field(body, 'tracks'))) return null
  return {
    tracks: list(body, 'tracks', (one) => ({
      kind: text(one, 'kind'), codec: text(one, 'codec'), width: number(one, 'width'), height: number(one, 'height'), fps: number(one, 'fps'),
    })),
    width: number(body, 'width'),
    height: number(body, 'height'),
    transport: text(body, 'transport'),
    address: text(body, 'address'),
    maker: text(body, 'maker'),
    picture: /^[A-Za-z0-9+/=]*$/.test(text(body, 'picture')) ? text(body, 'picture') : '',
  }
}
