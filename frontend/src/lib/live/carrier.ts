import { BodyCarrier } from './body'
import type { LiveConfig } from './link'
import { SocketCarrier, type CarrierConfig } from './socket'

/** What carries one connection, by the way that was chosen. */
export function newCarrier({ address, transport, world }: LiveConfig, config: CarrierConfig): SocketCarrier | BodyCarrier {
  if (transport === 'stream') return new BodyCarrier({ ...config, fetch: world.fetch, address: `${address}/stream/live` })
  return new SocketCarrier({ ...config, open: () => world.openSocket(`${address}/ws/live`) })
}
