import type { Camera } from '../api/camera'
import type { Device } from '../api/device'
import type { InventoryApi } from '../api/inventory'
import type { Problem, Result } from '../api/result'
import { changeOf, formOf, type CameraForm } from './camera-form'

export interface EditConfig {
  readonly api: InventoryApi
  readonly camera: Camera
  readonly device: Device | null
}

/** One camera in the hands of a person: its form, and what became of saving it. */
export class EditState {
  readonly #config: EditConfig
  readonly #end = new AbortController()
  #camera = $state.raw<Camera>() as Camera
  #problem = $state.raw<Problem | null>(null)
  #conflict = $state(false)
  #gone = $state(false)
  #saving = $state(false)
  form = $state<CameraForm>() as CameraForm
  /** The sign-in is that of the device, for all its cameras. */
  wholeDevice = $state(false)

  constructor(config: EditConfig) {
    this.#config = config
    this.#camera = config.camera
    this.form = formOf(config.camera)
  }

  /** As the server knows it. */
  get camera(): Camera {
    return this.#camera
  }

  get problem(): Problem | null {
    return this.#problem
  }

  /** Somebody else has changed it; the form shows that. */
  get conflict(): boolean {
    return this.#conflict
  }

  /** Somebody else has removed it. */
  get gone(): boolean {
    return this.#gone
  }

  get saving(): boolean {
    return this.#saving
  }

  /** On which the camera is, when that is known. */
  get device(): Device | null {
    return this.#config.device
  }

  /** Saves what differs. Tells whether the camera is now as the form says. */
  async save(): Promise<boolean> {
    if (this.#saving) return false
    this.#saving = true
    this.#problem = null
    this.#conflict = false
    const done = await this.#save()
    this.#saving = false
    if (done) this.form.password = ''
    return done
  }

  /** Ends what is on its way, and forgets the password. */
  close(): void {
    this.#end.abort()
    this.form.password = ''
  }

  async #save(): Promise<boolean> {
    const { signal } = this.#end
    const form = $state.snapshot(this.form)
    const { device } = this.#config
    if (this.wholeDevice && device !== null && form.password !== '') {
      const saved = await this.#config.api.editDevice(device, { user: form.user, password: form.password }, signal)
      if (saved.kind === 'error') this.#problem = saved.problem
      if (saved.kind !== 'ok') return false
      form.password = ''
      form.user = this.#camera.user
    }
    const change = changeOf(this.#camera, form)
    if (change === null) return true
    const saved = await this.#config.api.editCamera(this.#camera, change, signal)
    if (saved.kind === 'ok') this.#camera = saved.value
    return saved.kind === 'ok' || this.#failed(saved)
  }

  async #failed(result: Exclude<Result<unknown>, { kind: 'ok' }>): Promise<false> {
    if (result.kind === 'aborted') return false
    if (result.problem.status === 404) {
      this.#gone = true
      return false
    }
    if (result.problem.status !== 412) {
      this.#problem = result.problem
      return false
    }
    const now = await this.#config.api.camera(this.#camera.id, this.#end.signal)
    if (now.kind === 'ok') {
      this.#camera = now.value
      this.form = formOf(now.value)
      this.#conflict = true
    } else if (now.kind === 'error') {
      await this.#failed(now)
    }
    return false
  }
}
