import type { Preset, PtzApi, Vector } from '../api/ptz'
import type { Problem } from '../api/result'

export interface PtzConfig {
  readonly api: PtzApi
  readonly camera: string
}

const still: Vector = { pan: 0, tilt: 0, zoom: 0 }

/** A press that is shorter is one step. */
export const stepMs = 150

/** A hold is told again this often, and each telling ends by itself: a page that dies leaves no camera turning. */
const againMs = 1000
const timeoutSeconds = 2.5

/** How far one step goes, of the whole way. */
const stepWay = 0.04

/** A camera that knows no steps turns for this long. */
const shortMs = 200

/** Speeds that differ by less are the same. */
const sameSpeed = 0.08

/** Turns one camera: as long as something is pressed, and stops it for certain. */
export class PtzState {
  readonly #config: PtzConfig
  readonly #end = new AbortController()
  #presets = $state.raw<readonly Preset[]>([])
  #problem = $state.raw<Problem | null>(null)
  #loaded = $state(false)
  #wanted = $state.raw<Vector>(still)
  /** What is pressed; null: nothing is. */
  #pressed: Vector | null = null
  /** It is pressed for so long that it is no step. */
  #holding = false
  #pressTimer: ReturnType<typeof setTimeout> | undefined
  #againTimer: ReturnType<typeof setTimeout> | undefined
  #stopTimer: ReturnType<typeof setTimeout> | undefined
  /** The camera was told to turn, and not yet to stop. */
  #turning = false
  #sending = false
  #more = false
  #knowsSteps = true
  #asked = 0

  constructor(config: PtzConfig) {
    this.#config = config
  }

  get presets(): readonly Preset[] {
    return this.#presets
  }

  /** Whether the camera has said which presets it has. */
  get loaded(): boolean {
    return this.#loaded
  }

  /** Why the last thing asked of the camera was not done. */
  get problem(): Problem | null {
    return this.#problem
  }

  /** Where it is being turned to; zero when it is not. */
  get direction(): Vector {
    return this.#wanted
  }

  async load(): Promise<void> {
    const answer = await this.#config.api.look(this.#config.camera, this.#end.signal)
    if (answer.kind === 'ok') {
      this.#presets = answer.value.presets
      this.#loaded = true
    } else if (answer.kind === 'error') {
      this.#problem = answer.problem
    }
  }

  /** A key or a pointer went down. It turns the camera when it stays there. */
  press(direction: Vector): void {
    this.#problem = null
    if (this.#pressed === null) this.#pressTimer = setTimeout(() => this.#hold(), stepMs)
    this.steer(direction, true)
  }

  /** What is pressed points elsewhere now. */
  steer(direction: Vector, begins = false): void {
    if (this.#pressed === null && !begins) return
    this.#pressed = direction
    if (this.#holding && !near(direction, this.#wanted)) this.#want(direction)
  }

  /** Nothing is pressed any more. */
  release(): void {
    const pressed = this.#pressed
    if (pressed === null) return
    const held = this.#holding
    this.#letGo()
    if (held) this.#want(still)
    else if (!isStill(pressed)) void this.#step(pressed)
  }

  /** The page lost the focus, or the pointer: whatever is pressed, the camera stops. */
  cancel(): void {
    this.#letGo()
    if (this.#turning || !isStill(this.#wanted)) this.#want(still)
  }

  /** The page goes away: there is no time to wait for an answer. */
  leave(): void {
    this.#letGo()
    clearTimeout(this.#againTimer)
    this.#wanted = still
    if (!this.#turning) return
    this.#turning = false
    this.#config.api.stopAtLast(this.#config.camera)
  }

  /** By its place in the list, from 1. */
  async preset(place: number): Promise<void> {
    const preset = this.#presets[place - 1]
    if (preset !== undefined) await this.#ask({ preset: preset.token })
  }

  home(): Promise<void> {
    return this.#ask({ home: true })
  }

  /** Ends with the camera standing still. */
  close(): void {
    this.leave()
    this.#end.abort()
  }

  #letGo(): void {
    this.#pressed = null
    this.#holding = false
    clearTimeout(this.#pressTimer)
    clearTimeout(this.#stopTimer)
  }

  #hold(): void {
    if (this.#pressed === null) return
    // The end of a short turn before is not the end of this one.
    clearTimeout(this.#stopTimer)
    this.#holding = true
    this.#want(this.#pressed)
  }

  #want(direction: Vector): void {
    this.#wanted = direction
    void this.#send()
  }

  /** Tells the camera the newest wish. One request is on its way at a time; what is wished meanwhile follows. */
  async #send(): Promise<void> {
    this.#more = true
    if (this.#sending) return
    this.#sending = true
    clearTimeout(this.#againTimer)
    while (this.#more && !this.#end.signal.aborted) {
      this.#more = false
      await this.#tell(this.#wanted)
    }
    this.#sending = false
    if (!isStill(this.#wanted) && !this.#end.signal.aborted) this.#againTimer = setTimeout(() => void this.#send(), againMs)
  }

  async #tell(wish: Vector): Promise<void> {
    const { api, camera } = this.#config
    const stopping = isStill(wish)
    if (stopping && !this.#turning) return
    // Also a request without an answer may have reached the camera.
    if (!stopping) this.#turning = true
    const answer = await api.move(camera, stopping ? { stop: true } : { continuous: wish, timeoutSeconds }, this.#end.signal)
    if (stopping && answer.kind === 'ok') this.#turning = false
    if (answer.kind !== 'error') return
    this.#problem = answer.problem
    if (stopping) {
      // It ends by itself then, at the time that it was told.
      this.#turning = false
    } else {
      this.#wanted = still
      this.#holding = false
      this.#more = true
    }
  }

  async #step(direction: Vector): Promise<void> {
    if (this.#knowsSteps) {
      const way = { pan: direction.pan * stepWay, tilt: direction.tilt * stepWay, zoom: direction.zoom * stepWay }
      const answer = await this.#config.api.move(this.#config.camera, { relative: way }, this.#end.signal)
      if (answer.kind === 'error' && answer.problem.code !== 'not_supported') this.#problem = answer.problem
      if (answer.kind !== 'error' || answer.problem.code !== 'not_supported') return
      this.#knowsSteps = false
    }
    if (this.#pressed !== null || this.#end.signal.aborted) return
    this.#want(direction)
    this.#stopTimer = setTimeout(() => this.#want(still), shortMs)
  }

  async #ask(move: { readonly preset: string } | { readonly home: true }): Promise<void> {
    this.cancel()
    this.#problem = null
    const asked = ++this.#asked
    const answer = await this.#config.api.move(this.#config.camera, move, this.#end.signal)
    if (answer.kind === 'error' && asked === this.#asked) this.#problem = answer.problem
  }
}

function isStill({ pan, tilt, zoom }: Vector): boolean {
  return pan === 0 && tilt === 0 && zoom === 0
}

function near(a: Vector, b: Vector): boolean {
  return Math.abs(a.pan - b.pan) < sameSpeed && Math.abs(a.tilt - b.tilt) < sameSpeed && Math.abs(a.zoom - b.zoom) < sameSpeed
}
