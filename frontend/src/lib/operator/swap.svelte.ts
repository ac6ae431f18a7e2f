import { SvelteMap } from 'svelte/reactivity'
import type { Camera } from '../api/camera'

/** What has been typed, and what became of it. */
export type Typed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'digits'; readonly digits: string }
  | { readonly kind: 'unknown'; readonly number: number }

/** No camera has a longer number. */
const mostDigits = 6

/** What nobody finishes, and what was said about a number, goes by itself. */
const forgottenAfterMs = 5000

/** Cameras that an operator has put into tiles for now. Never saved: a reload takes all back. */
export class SwapState {
  #typed = $state.raw<Typed>({ kind: 'nothing' })
  /** Ids of cameras, by place. */
  readonly #swaps = new SvelteMap<string, string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  get typed(): Typed {
    return this.#typed
  }

  /** Whether Enter would put a camera into a tile. */
  get typing(): boolean {
    return this.#typed.kind === 'digits'
  }

  /** Whether R would take anything back. */
  get any(): boolean {
    return this.#swaps.size > 0
  }

  /** The id of the camera that stands in a place for now; null when the place shows its own. */
  at(place: string): string | null {
    return this.#swaps.get(place) ?? null
  }

  type(digit: string): void {
    const before = this.#typed.kind === 'digits' ? this.#typed.digits : ''
    if (before.length < mostDigits) this.#say({ kind: 'digits', digits: before + digit })
  }

  /** Takes the last digit back. */
  rubOut(): void {
    if (this.#typed.kind !== 'digits') return
    const digits = this.#typed.digits.slice(0, -1)
    if (digits === '') this.clear()
    else this.#say({ kind: 'digits', digits })
  }

  /** Puts the camera of the typed number into a place. Tells whether there is one. */
  enter(place: string, cameras: readonly Camera[]): boolean {
    if (this.#typed.kind !== 'digits') return false
    const number = Number(this.#typed.digits)
    const camera = number === 0 ? undefined : cameras.find((one) => one.number === number)
    if (camera === undefined) {
      this.#say({ kind: 'unknown', number })
      return false
    }
    this.clear()
    this.put(place, camera.id)
    return true
  }

  put(place: string, camera: string): void {
    this.#swaps.set(place, camera)
  }

  /** One place shows its own camera again. */
  putBack(place: string): void {
    this.#swaps.delete(place)
  }

  /** Forgets what was typed. Tells whether there was anything. */
  clear(): boolean {
    clearTimeout(this.#timer)
    const said = this.#typed.kind !== 'nothing'
    this.#typed = { kind: 'nothing' }
    return said
  }

  /** Each tile shows its own again. Tells whether any did not. */
  takeBack(): boolean {
    const any = this.any
    this.#swaps.clear()
    this.clear()
    return any
  }

  #say(typed: Typed): void {
    clearTimeout(this.#timer)
    this.#typed = typed
    this.#timer = setTimeout(() => this.clear(), forgottenAfterMs)
  }
}
