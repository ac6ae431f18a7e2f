import { SvelteMap } from 'svelte/reactivity'
import type { Channel, Description } from '../api/device'
import type { InventoryApi, SignIn, Target } from '../api/inventory'
import type { Problem } from '../api/result'
import type { TurnTable } from './turn-table'

/** How well we know a device. */
export type Look =
  | { readonly kind: 'unasked' }
  | { readonly kind: 'asking'; readonly signingIn: boolean }
  /** It wants a sign-in; with the problem of the one that it refused. */
  | { readonly kind: 'password'; readonly refused: Problem | null }
  | { readonly kind: 'described'; readonly description: Description }
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** What was wanted of it is on the wall. */
  | { readonly kind: 'added' }

/** The picture of one channel. */
export type ChannelPicture =
  | { readonly kind: 'asking' }
  | { readonly kind: 'picture'; readonly url: string }
  | { readonly kind: 'none'; readonly problem: Problem }

/** A device of the inventory, asked with its own sign-in, or one at an address. */
export type LookTarget = { readonly device: string } | { readonly address: string }

export interface LookConfig {
  readonly api: InventoryApi
  /** Devices are asked a few at a time. */
  readonly turns: TurnTable
  readonly target: LookTarget
  /** Something was added. */
  readonly onAdded: () => void
}

/** A look into one device: what it offers, a picture of each channel, and adding them. */
export class DeviceLook {
  readonly #config: LookConfig
  readonly #end = new AbortController()
  // What the person typed, until it has been used or the page is left. It is kept nowhere else.
  #signIn: SignIn | null = null
  #look = $state.raw<Look>({ kind: 'unasked' })
  readonly #pictures = new SvelteMap<string, ChannelPicture>()
  /** What the person has said about single channels. */
  readonly #choices = new SvelteMap<string, boolean>()
  #adding = $state(false)
  #addProblem = $state.raw<Problem | null>(null)

  constructor(config: LookConfig) {
    this.#config = config
  }

  get look(): Look {
    return this.#look
  }

  get adding(): boolean {
    return this.#adding
  }

  /** Why the last adding failed. */
  get addProblem(): Problem | null {
    return this.#addProblem
  }

  /** Whether the person has signed in. */
  get signedIn(): boolean {
    return this.#signIn !== null
  }

  picture(source: string): ChannelPicture | undefined {
    return this.#pictures.get(source)
  }

  /** Whether there is something to see on a channel, as far as that is known: many report one to which nothing is plugged. */
  hasPicture({ source, playable }: Channel): boolean {
    return playable && this.#pictures.get(source)?.kind !== 'none'
  }

  /** Whether a channel will be added: until the person says so, everything that has a picture, and the one of a camera. */
  isChosen(channel: Channel): boolean {
    if (!channel.playable || channel.camera !== '') return false
    return this.#choices.get(channel.source) ?? (this.channels.length === 1 || this.hasPicture(channel))
  }

  choose({ source }: Channel, wanted: boolean): void {
    this.#choices.set(source, wanted)
  }

  /** The channels that will be added. */
  readonly chosen: readonly Channel[] = $derived.by(() => this.channels.filter((channel) => this.isChosen(channel)))

  /** Those of a device that has described itself. */
  get channels(): readonly Channel[] {
    return this.#look.kind === 'described' ? this.#look.description.channels : []
  }

  /** Asks the device once; another call does nothing unless the last failed. */
  async ask(signIn: SignIn | null = null): Promise<void> {
    if (this.#look.kind === 'asking' || (this.#look.kind === 'described' && signIn === null)) return
    this.#look = { kind: 'asking', signingIn: signIn !== null }
    const { signal } = this.#end
    await this.#config.turns.take(false, signal, async () => {
      const result = await this.#config.api.describe(this.#target(signIn), signal)
      switch (result.kind) {
        case 'ok':
          if (signIn !== null) this.#signIn = signIn
          this.#look = { kind: 'described', description: result.value }
          break
        case 'error':
          this.#look = wantsPassword(result.problem)
            ? { kind: 'password', refused: signIn === null ? null : result.problem }
            : { kind: 'failed', problem: result.problem }
          break
        case 'aborted':
          break
        default:
          result satisfies never
      }
    })
  }

  /** Fetches the picture of a channel, once. */
  async show(source: string): Promise<void> {
    if (this.#pictures.has(source)) return
    this.#pictures.set(source, { kind: 'asking' })
    const { signal } = this.#end
    await this.#config.turns.take(true, signal, async () => {
      const result = await this.#config.api.picture(this.#target(this.#signIn), source, signal)
      if (this.#look.kind !== 'described') return
      if (result.kind === 'ok') this.#pictures.set(source, { kind: 'picture', url: URL.createObjectURL(result.value) })
      if (result.kind === 'error') {
        this.#pictures.set(source, { kind: 'none', problem: result.problem })
        // A device may describe itself to anybody, and show its pictures to those alone who sign in.
        if (wantsPassword(result.problem) && this.#signIn === null && 'address' in this.#config.target) this.#forgetPictures({ kind: 'password', refused: null })
      }
    })
  }

  /** Adds the chosen channels as cameras. Tells whether that was done; then the sign-in is forgotten. */
  async add(name = ''): Promise<boolean> {
    const sources = this.chosen.map(({ source }) => source)
    if (sources.length === 0 || this.#adding || !('address' in this.#config.target)) return false
    this.#adding = true
    this.#addProblem = null
    const body = { address: this.#config.target.address, sources, ...this.#signIn, ...(name === '' ? {} : { name }) }
    const result = await this.#config.api.addDevice(body, this.#end.signal)
    this.#adding = false
    if (result.kind === 'error') this.#addProblem = result.problem
    if (result.kind !== 'ok') return false
    this.#signIn = null
    this.#forgetPictures({ kind: 'added' })
    this.#config.onAdded()
    return true
  }

  /** Ends all that is on its way, and forgets the sign-in. */
  close(): void {
    this.#end.abort()
    this.#signIn = null
    this.#forgetPictures(this.#look)
  }

  #target(signIn: SignIn | null): Target {
    return { ...this.#config.target, ...signIn }
  }

  #forgetPictures(look: Look): void {
    for (const picture of this.#pictures.values()) {
      if (picture.kind === 'picture') URL.revokeObjectURL(picture.url)
    }
    this.#pictures.clear()
    this.#choices.clear()
    this.#look = look
  }
}

function wantsPassword({ code }: Problem): boolean {
  return code === 'unauthorized'
}
