import type { Camera, Rotation, Transport } from '../api/camera'
import type { CameraChange } from '../api/inventory'

/** What the form for a camera holds. */
export interface CameraForm {
  name: string
  /** As typed. */
  number: string
  text: string
  addresses: { name: string; url: string }[]
  user: string
  /** Empty keeps the one that is stored. */
  password: string
  transport: Transport
  rotation: Rotation
  disabled: boolean
}

/** The form as it is for a camera; one without a small stream may get one. */
export function formOf(camera: Camera): CameraForm {
  const addresses = camera.streams.map(({ name, url }) => ({ name, url }))
  if (!addresses.some(({ name }) => name === 'main')) addresses.unshift({ name: 'main', url: '' })
  if (addresses.length === 1) addresses.push({ name: 'sub', url: '' })
  return {
    name: camera.name, number: camera.number > 0 ? String(camera.number) : '', text: camera.text, addresses,
    user: camera.user, password: '', transport: camera.transport, rotation: camera.rotation, disabled: camera.disabled,
  }
}

/** What of the form differs from the camera; null when nothing does. */
export function changeOf(camera: Camera, form: CameraForm): CameraChange | null {
  const change: { -readonly [Key in keyof CameraChange]: CameraChange[Key] } = {}
  if (form.name.trim() !== camera.name) change.name = form.name.trim()
  if (numberOf(form.number) !== camera.number) change.number = numberOf(form.number)
  if (form.text.trim() !== camera.text) change.text = form.text.trim()
  const streams = streamsOf(form)
  if (JSON.stringify(streams) !== JSON.stringify(streamsOf(formOf(camera)))) change.streams = streams
  if (form.user !== camera.user) change.user = form.user
  if (form.password !== '') {
    change.password = form.password
    change.user = form.user
  }
  if (form.transport !== camera.transport) change.transport = form.transport
  if (form.rotation !== camera.rotation) change.rotation = form.rotation
  if (form.disabled !== camera.disabled) change.disabled = form.disabled
  return Object.keys(change).length === 0 ? null : change
}

/** An empty field takes the number away. */
function numberOf(typed: string): number {
  const value = Number(typed.trim())
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** A stream whose address was emptied is taken away. */
function streamsOf({ addresses }: CameraForm): Record<string, string> {
  return Object.fromEntries(addresses.filter(({ url }) => url.trim() !== '').map(({ name, url }) => [name, url.trim()]))
}
