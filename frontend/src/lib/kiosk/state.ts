import { field, flag, number, text, texts } from '../api/json'

/** What a locked screen says of itself and of its way to the server. */
export interface KioskState {
  /** The path of its wall: the only page there is. */
  readonly home: string
  readonly wall: string
  readonly output: string
  /** The name and the addresses of the machine before which people stand. */
  readonly host: string
  readonly addresses: readonly string[]
  /** Whether the server answers. */
  readonly ready: boolean
  /** How long that has been so, in ms, when it was told. */
  readonly since: number
  /** Why it does not answer, as a code and in words, and what can be done; may be empty. */
  readonly code: string
  readonly reason: string
  readonly hint: string
  /** Without it times of day are wrong, and nobody is told one. */
  readonly clockSet: boolean
  /** What opens the PIN pad: "Ctrl+Alt+Q"; empty: no key does. */
  readonly key: string
  /** Whether there is a PIN. */
  readonly pin: boolean
  /** Brightness in percent, 5 to 100. */
  readonly dim: number
  /** Whether texts wander, so that they do not burn in. */
  readonly shift: boolean
  readonly version: string
}

/** Null for the answer of something that is no kiosk. */
export function decodeKiosk(body: unknown): KioskState | null {
  if (typeof field(body, 'ready') !== 'boolean' || text(body, 'home') === '') return null
  const dim = number(body, 'dim')
  return {
    home: text(body, 'home'), wall: text(body, 'wall'), output: text(body, 'output'), host: text(body, 'host'), addresses: texts(body, 'addresses'),
    ready: flag(body, 'ready'), since: Math.max(0, number(body, 'since')), code: text(body, 'code'), reason: text(body, 'reason'), hint: text(body, 'hint'),
    clockSet: field(body, 'clockSet') !== false, key: text(body, 'key'), pin: flag(body, 'pin'),
    dim: dim > 0 ? Math.min(Math.max(dim, 5), 100) : 100, shift: flag(body, 'shift'), version: text(body, 'version'),
  }
}
