import { SvelteMap } from 'svelte/reactivity'
import type { InventoryApi } from '../api/inventory'

/** A device that is not in the list is asked for again after this time. */
const againMs = 30_000

/** Names of devices, asked for when one has to be named. */
export class DeviceNames {
  readonly #api: Pick<InventoryApi, 'devices'>
  readonly #names = new SvelteMap<string, string>()
  #askedAt = -Infinity

  constructor(api: Pick<InventoryApi, 'devices'>) {
    this.#api = api
  }

  /** Empty while it is not known. */
  of(id: string): string {
    return this.#names.get(id) ?? ''
  }

  /** Asks when one of them is unknown. */
  async want(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const now = Date.now()
    if (ids.every((id) => id === '' || this.#names.has(id)) || now - this.#askedAt < againMs) return
    this.#askedAt = now
    const result = await this.#api.devices(signal)
    if (result.kind !== 'ok') return
    for (const device of result.value) this.#names.set(device.id, device.name || device.id)
  }
}
