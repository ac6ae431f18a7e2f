import type { Camera } from '../api/camera'
import type { Device } from '../api/device'
import type { Found } from '../api/discovery'
import type { Fetch } from '../api/fetch'
import { InventoryApi } from '../api/inventory'
import { TurnTable } from './turn-table'
import { DiscoveryState } from './discovery.svelte'
import { DeviceLook, type LookTarget } from './look.svelte'
import type { Intent } from './route.svelte'
import { matches, rowsOf, type Row } from './rows'
import type { ServerState } from './server.svelte'
import { Thumbnails } from './thumbnails.svelte'

/** The dialog that is open. */
export type Dialog =
  | { readonly kind: 'none' }
  | { readonly kind: 'paste'; readonly address: string }
  | { readonly kind: 'import' }
  | { readonly kind: 'edit'; readonly camera: Camera }
  | { readonly kind: 'remove'; readonly camera: Camera }

export interface CamerasPageConfig {
  readonly fetch: Fetch
  readonly random: () => number
  readonly server: ServerState
}

/** The server bounds what a device may take, and with `guess` it asks several times. */
const timeoutMs = 60_000

/** How many devices are asked at once, and how many pictures are fetched. Two connections are left for calls. */
const devicesAtOnce = 2
const picturesAtOnce = 2

/** The page that finds, adds and edits cameras. */
export class CamerasPage {
  readonly api: InventoryApi
  readonly discovery: DiscoveryState
  readonly thumbnails: Thumbnails
  readonly #server: ServerState
  readonly #turns = new TurnTable(devicesAtOnce)
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- each look is reactive by itself
  readonly #looks = new Map<string, DeviceLook>()
  readonly #end = new AbortController()
  #followed: string | null = null
  #devices = $state.raw<readonly Device[]>([])
  dialog = $state.raw<Dialog>({ kind: 'none' })
  query = $state('')
  /** Told to those who do not see the list change. */
  said = $state('')

  constructor({ fetch, random, server }: CamerasPageConfig) {
    // Each answer proves that the server lives, even if its list has to wait for one of the browser's connections.
    const heard: Fetch = async (address, init) => {
      const response = await fetch(address, init)
      server.heard()
      return response
    }
    this.api = new InventoryApi({ fetch: heard, timeoutMs })
    this.discovery = new DiscoveryState({ api: this.api, fetch: heard, random })
    this.thumbnails = new Thumbnails({ fetch: heard, connections: picturesAtOnce })
    this.#server = server
  }

  get devices(): readonly Device[] {
    return this.#devices
  }

  readonly #list = $derived.by(() => rowsOf(this.#server.cameras ?? [], this.#devices, this.discovery.found))

  /** Everything in the list, cameras of the wall first. */
  readonly all: readonly Row[] = $derived(this.#list.rows)

  /** What the filter leaves. */
  readonly rows: readonly Row[] = $derived(this.#list.rows.filter((row) => matches(row, this.query)))

  /** Found, but nothing with a camera in it. */
  readonly others: readonly Found[] = $derived(this.#list.others)

  /** Which cameras there are, and on which device: changes when something is added, moved or removed. */
  readonly membership: string = $derived.by(() => (this.#server.cameras ?? []).map(({ id, device }) => `${id} ${device}`).join('\n'))

  /** Listens until the page is left. */
  start(intent: Intent | null): void {
    void this.discovery.run(this.#end.signal)
    if (intent === 'paste') this.dialog = { kind: 'paste', address: '' }
    if (intent === 'import') this.dialog = { kind: 'import' }
    if (intent === 'find') void this.search([])
  }

  search(ranges: readonly string[]): Promise<boolean> {
    return this.discovery.searchNow(ranges, this.#end.signal)
  }

  /** Something was added, changed or removed by us: everything that tells of it is read anew. */
  changed(): void {
    this.#server.askNow()
    void this.refresh()
  }

  /** Reads everything anew when other cameras are there than before. */
  async follow(membership: string): Promise<void> {
    if (membership === this.#followed) return
    this.#followed = membership
    await this.refresh()
  }

  /** Reads the devices anew, and which of the found ones are among them. */
  async refresh(): Promise<void> {
    const result = await this.api.devices(this.#end.signal)
    if (result.kind === 'ok') this.#devices = result.value
    await this.discovery.refresh(this.#end.signal)
  }

  open(dialog: Dialog): void {
    this.dialog = dialog
  }

  closeDialog(): void {
    this.dialog = { kind: 'none' }
  }

  /** Tries a camera again at once, whatever pause it is in. */
  async retry(camera: Camera): Promise<void> {
    await this.api.retry(camera.id, this.#end.signal)
    this.#server.askNow()
  }

  /** The look into a device that was found; kept while the page is open. */
  lookAt(address: string): DeviceLook {
    return this.#kept(`address ${address}`, { address })
  }

  /** The look into a device of the inventory, with its own sign-in; kept likewise. */
  lookInto(device: string): DeviceLook {
    return this.#kept(`device ${device}`, { device })
  }

  /** A look that its owner closes. */
  newLook(target: LookTarget): DeviceLook {
    return new DeviceLook({ api: this.api, turns: this.#turns, target, onAdded: () => this.changed() })
  }

  close(): void {
    this.#end.abort()
    this.thumbnails.close()
    for (const look of this.#looks.values()) look.close()
    this.#looks.clear()
  }

  #kept(key: string, target: LookTarget): DeviceLook {
    const look = this.#looks.get(key) ?? this.newLook(target)
    this.#looks.set(key, look)
    return look
  }
}
