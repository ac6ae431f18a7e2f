import type { Vector } from '../api/ptz'
import type { PtzState } from './ptz.svelte'

/** The middle is for a hand that trembles. */
const deadZone = 0.08

/** Keys turn at this part of the full speed. */
const keySpeed = 0.5

/** Where a press on the picture turns to: away from its middle, the further out the faster. */
export function towards(x: number, y: number, width: number, height: number): Vector {
  const axis = (at: number, size: number): number => {
    const off = size > 0 ? Math.max(-1, Math.min(1, (2 * at) / size - 1)) : 0
    const past = Math.max(0, Math.abs(off) - deadZone) / (1 - deadZone)
    return Math.round(Math.sign(off) * past * 100) / 100 || 0
  }
  return { pan: axis(x, width), tilt: -axis(y, height) || 0, zoom: 0 }
}

const keys: Readonly<Record<string, Vector>> = {
  'ArrowLeft': { pan: -keySpeed, tilt: 0, zoom: 0 },
  'ArrowRight': { pan: keySpeed, tilt: 0, zoom: 0 },
  'ArrowUp': { pan: 0, tilt: keySpeed, zoom: 0 },
  'ArrowDown': { pan: 0, tilt: -keySpeed, zoom: 0 },
  '+': { pan: 0, tilt: 0, zoom: keySpeed },
  '=': { pan: 0, tilt: 0, zoom: keySpeed },
  '-': { pan: 0, tilt: 0, zoom: -keySpeed },
  '_': { pan: 0, tilt: 0, zoom: -keySpeed },
}

/** The keys of PTZ: what is held down turns the camera, digits are presets. */
export class PtzHand {
  readonly #ptz: PtzState
  readonly #held = new Set<string>()

  constructor(ptz: PtzState) {
    this.#ptz = ptz
  }

  /** Tells whether the key meant anything. */
  down(key: string, repeats: boolean): boolean {
    if (/^\d$/.test(key)) {
      if (!repeats) void this.#ptz.preset(key === '0' ? 10 : Number(key))
      return true
    }
    if (key === 'Home') {
      if (!repeats) void this.#ptz.home()
      return true
    }
    if (keys[key] === undefined) return false
    if (!repeats || !this.#held.has(key)) {
      this.#held.add(key)
      this.#ptz.press(this.#direction())
    }
    return true
  }

  up(key: string): void {
    // The shift of a plus may be let go first: the key then has another name.
    const names = key === '=' || key === '+' ? ['=', '+'] : key === '-' || key === '_' ? ['-', '_'] : [key]
    if (!names.map((name) => this.#held.delete(name)).includes(true)) return
    if (this.#held.size === 0) this.#ptz.release()
    else this.#ptz.steer(this.#direction())
  }

  /** The keyboard is elsewhere now: no key is known to be down. */
  letGo(): void {
    this.#held.clear()
    this.#ptz.cancel()
  }

  #direction(): Vector {
    let [pan, tilt, zoom] = [0, 0, 0]
    for (const name of this.#held) {
      const one = keys[name]
      pan += one?.pan ?? 0
      tilt += one?.tilt ?? 0
      zoom += one?.zoom ?? 0
    }
    return { pan, tilt, zoom }
  }
}
