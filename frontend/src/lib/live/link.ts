import type { LiveWorld } from './world'

/** The connection to the server. Times are local Unix ms. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'up'; readonly since: number }
  /** The message is the server's, and may be empty; nextTry is null while it is being tried. */
  | { readonly kind: 'down'; readonly since: number; readonly nextTry: number | null; readonly message: string }

export interface LiveConfig {
  /** "" for the page's own server, else "http://host:port". */
  readonly address: string
  /** The window has no WebSocket: it reads one endless answer. */
  readonly transport: 'socket' | 'stream'
  readonly world: LiveWorld
}

export interface LinkFigures {
  readonly roundTripMs: number
  readonly bitsPerSecond: number
}
