import { ApiClient } from './lib/api/client'
import type { Fetch } from './lib/api/fetch'
import { isWindow, maxConnections } from './lib/live/address'
import { decoderFor, type Decode } from './lib/live/decoder'
import { TurnTable } from './lib/live/stills'
import { panelsFromQuery } from './lib/state/panels'
import { RouteState } from './lib/state/route.svelte'
import { ServerState } from './lib/state/server.svelte'
import { SpeechState } from './lib/state/speech.svelte'
import { Ticker } from './lib/state/ticker.svelte'
import type { TileConfig } from './lib/state/tile.svelte'
import { Visibility } from './lib/state/visibility.svelte'
import { WallState } from './lib/state/wall.svelte'

/** Everything that the components share, made once and handed down. */
export interface World {
  readonly route: RouteState
  readonly server: ServerState
  readonly wall: WallState
  readonly speech: SpeechState
  readonly ticker: Ticker
  readonly visibility: Visibility
  readonly tiles: TileConfig
  /** Whether this page is in our own window. */
  readonly inWindow: boolean
  /** A way of decoding of its own for each tile. */
  readonly newDecoder: () => Decode
}

/** The world of a page in a browser or in our window. */
export function browserWorld(): World {
  const net: Fetch = (address, init) => fetch(address, init)
  const server = new ServerState({ api: new ApiClient({ fetch: net, timeoutMs: 4000 }), random: Math.random })
  return {
    route: new RouteState(window),
    server,
    wall: new WallState(panelsFromQuery(location.search)),
    speech: new SpeechState(navigator.languages),
    ticker: new Ticker(),
    visibility: new Visibility(),
    tiles: {
      fetch: net,
      random: Math.random,
      turns: new TurnTable(maxConnections),
      onHeard: () => server.heard(),
      onLost: () => server.askNow(),
    },
    inWindow: isWindow(location),
    newDecoder: () => decoderFor(navigator.userAgent),
  }
}
