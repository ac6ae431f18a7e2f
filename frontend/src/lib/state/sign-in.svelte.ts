import type { Camera } from '../api/camera'
import type { Device } from '../api/device'
import type { InventoryApi } from '../api/inventory'
import type { Problem } from '../api/result'

export interface SignInConfig {
  readonly api: InventoryApi
  readonly camera: Camera
}

/** The sign-in of a camera that has refused it, in the hands of a person. */
export class SignInState {
  readonly #config: SignInConfig
  readonly #end = new AbortController()
  #device = $state.raw<Device | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #saving = $state(false)
  user = $state('')
  password = $state('')
  /** For all cameras of the device, which mostly have one sign-in. */
  wholeDevice = $state(true)

  constructor(config: SignInConfig) {
    this.#config = config
    this.user = config.camera.user
  }

  get problem(): Problem | null {
    return this.#problem
  }

  get saving(): boolean {
    return this.#saving
  }

  /** It stands in camwall.yaml or on the command line: it is changed there. */
  get provisioned(): boolean {
    return this.#config.camera.provisioned
  }

  /** How many cameras share the device; 0 while that is unknown. */
  readonly siblings: number = $derived(this.#device === null || this.#device.provisioned ? 0 : this.#device.cameras.length)

  /** Looks up who shares the sign-in. */
  async start(): Promise<void> {
    const result = await this.#config.api.devices(this.#end.signal)
    if (result.kind === 'ok') this.#device = result.value.find(({ id }) => id === this.#config.camera.device) ?? null
  }

  /** Tells whether the camera has the sign-in now; the server tries it at once. */
  async save(): Promise<boolean> {
    if (this.#saving || this.password === '') return false
    this.#saving = true
    this.#problem = null
    const done = await this.#save()
    this.#saving = false
    if (done) this.password = ''
    return done
  }

  /** Ends what is on its way, and forgets the password. */
  close(): void {
    this.#end.abort()
    this.password = ''
  }

  async #save(): Promise<boolean> {
    const { api, camera } = this.#config
    const signIn = { user: this.user, password: this.password }
    const { signal } = this.#end
    if (this.wholeDevice && this.siblings > 1 && this.#device !== null) {
      const saved = await api.editDevice(this.#device, signIn, signal)
      if (saved.kind === 'error') this.#problem = saved.problem
      return saved.kind === 'ok'
    }
    // As it is now: the list may be some seconds old.
    const now = await api.camera(camera.id, signal)
    const saved = now.kind === 'ok' ? await api.editCamera(now.value, signIn, signal) : now
    if (saved.kind === 'error') this.#problem = saved.problem
    return saved.kind === 'ok'
  }
}
