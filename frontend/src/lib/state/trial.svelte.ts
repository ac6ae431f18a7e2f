import type { Camera } from '../api/camera'
import type { InventoryApi, NewCamera, SignIn } from '../api/inventory'
import type { Problem } from '../api/result'
import type { Trial } from '../api/trial'
import type { DeviceLook } from './look.svelte'
import { hostOf } from './rows'

/** What is known of an address that a person has pasted. */
export type TrialPhase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'testing' }
  /** It plays as a stream. */
  | { readonly kind: 'plays'; readonly trial: Trial }
  /** It is that of a device, which is looked into. */
  | { readonly kind: 'device'; readonly look: DeviceLook }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'adding'; readonly trial: Trial | null }
  | { readonly kind: 'added'; readonly camera: Camera }

/** What the person typed. */
export interface Pasted {
  readonly address: string
  readonly user: string
  readonly password: string
  readonly name: string
}

export interface TrialConfig {
  readonly api: InventoryApi
  /** A look of its own into the device at an address. */
  readonly lookAt: (address: string) => DeviceLook
}

/** Tries a pasted address: a stream's is played, a device's is described, and of a bare one both are tried. */
export class TrialState {
  readonly #config: TrialConfig
  #look: DeviceLook | null = null
  #call = new AbortController()
  #phase = $state.raw<TrialPhase>({ kind: 'idle' })
  #tested = ''

  constructor(config: TrialConfig) {
    this.#config = config
  }

  get phase(): TrialPhase {
    return this.#phase
  }

  /** What was typed has changed: what was found out is of something else. */
  typed(pasted: Pasted): void {
    if (this.#phase.kind === 'idle' || keyOf(pasted) === this.#tested) return
    this.stop()
  }

  /** Ends what is on its way, and forgets what was found out. */
  stop(): void {
    this.#call.abort()
    this.#look?.close()
    this.#look = null
    this.#tested = ''
    this.#phase = { kind: 'idle' }
  }

  async test(pasted: Pasted): Promise<void> {
    this.stop()
    this.#call = new AbortController()
    const { signal } = this.#call
    this.#tested = keyOf(pasted)
    this.#phase = { kind: 'testing' }
    const address = pasted.address.trim()
    const phase = isStream(address) ? await this.#play(address, pasted, signal) : await this.#meet(address, pasted, signal)
    if (!signal.aborted) this.#phase = phase
  }

  /** Adds the camera as it was tested, or as it was typed when nobody tested it. */
  async add(pasted: Pasted): Promise<boolean> {
    const before = this.#phase
    const trial = before.kind === 'plays' ? before.trial : null
    this.#call = new AbortController()
    const { signal } = this.#call
    this.#phase = { kind: 'adding', trial }
    const body: NewCamera = { url: addressToAdd(pasted.address.trim(), trial), ...signInOf(pasted), ...(pasted.name.trim() === '' ? {} : { name: pasted.name.trim() }) }
    const result = await this.#config.api.addCamera(body, signal)
    if (signal.aborted) return false
    if (result.kind === 'ok') this.#phase = { kind: 'added', camera: result.value }
    if (result.kind === 'error') this.#phase = { kind: 'failed', problem: result.problem }
    return result.kind === 'ok'
  }

  async #play(url: string, pasted: Pasted, signal: AbortSignal): Promise<TrialPhase> {
    const result = await this.#config.api.test({ url, guess: true, picture: true, ...signInOf(pasted) }, signal)
    if (result.kind === 'ok') return { kind: 'plays', trial: result.value }
    return result.kind === 'error' ? { kind: 'failed', problem: result.problem } : { kind: 'idle' }
  }

  /** An address without a scheme may be that of a camera that does not speak ONVIF. */
  async #meet(address: string, pasted: Pasted, signal: AbortSignal): Promise<TrialPhase> {
    const look = this.#config.lookAt(address)
    this.#look = look
    await look.ask(signInOf(pasted))
    if (look.look.kind !== 'failed' || signal.aborted) return { kind: 'device', look }
    const { problem } = look.look
    if (/^[a-z]+:\/\//i.test(address) || !withoutOnvif.has(problem.code)) return { kind: 'failed', problem }
    return this.#play(`rtsp://${address}`, pasted, signal)
  }
}

/** Answers that leave it open whether there is a stream. */
const withoutOnvif: ReadonlySet<string> = new Set(['not_onvif', 'not_supported', 'refused', 'dial_timeout', 'ended', 'protocol', 'not_found'])

function isStream(address: string): boolean {
  return /^rtsps?:\/\//i.test(address)
}

function signInOf({ user, password }: Pasted): SignIn | null {
  return user === '' && password === '' ? null : { user, password }
}

function keyOf({ address, user, password }: Pasted): string {
  return JSON.stringify([address.trim(), user, password])
}

/**
 * The address with the path that was found for it. The server tells that path without a sign-in, so it is put behind
 * what was pasted: a path is only looked for when the pasted address has none.
 */
export function addressToAdd(pasted: string, trial: Trial | null): string {
  const whole = isStream(pasted) ? pasted : `rtsp://${pasted}`
  if (trial === null) return whole
  const found = /^[a-z]+:\/\/[^/?#]*(.*)$/i.exec(trial.address)?.[1] ?? ''
  // A password may have any character, so the host begins behind the last @.
  const host = whole.slice(whole.lastIndexOf('@') + 1).replace(/^[a-z]+:\/\//i, '')
  if (found === '' || found === '/' || /[/?#]./.test(host) || whole.endsWith(found) || hostOf(trial.address) === '') return whole
  return whole.replace(/\/+$/, '') + found
}
