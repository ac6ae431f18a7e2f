import type { Fetch } from '../api/fetch'
import type { Problem } from '../api/result'
import type { PictureInfo } from './picture'

/** What a source of pictures tells, in the order that it happens. */
export type SourceEvent =
  | { readonly kind: 'picture'; readonly jpeg: Blob; readonly info: PictureInfo; readonly at: number }
  /** The server answered, and said no. */
  | { readonly kind: 'refused'; readonly problem: Problem }
  /** The connection failed, ended, or delivered nothing for too long; a new one follows by itself. */
  | { readonly kind: 'lost' }

/** A source tells its events until the signal is aborted; its promise resolves when it has let go of everything. */
export interface Source {
  run(signal: AbortSignal): Promise<void>
}

/** What every source needs from the world; tests bring their own. */
export interface SourceConfig {
  readonly fetch: Fetch
  /** Milliseconds, monotonic. */
  readonly now: () => number
  /** From 0 to 1, evenly spread. */
  readonly random: () => number
  readonly onEvent: (event: SourceEvent) => void
}
