import { call, json, type CallConfig } from './call'
import { decodeCamera, type Camera, type Rotation, type Transport } from './camera'
import { decodeDescription, decodeDevice, type Description, type Device } from './device'
import { decodeDiscovery, type Discovery } from './discovery'
import { decodeImported, type Imported } from './import'
import { field, list } from './json'
import type { Result } from './result'
import { decodeTrial, type Trial } from './trial'

/** User and password, which travel in bodies alone. */
export interface SignIn {
  readonly user: string
  readonly password: string
}

/** A device to ask: one that is known, with its own sign-in, or an address. */
export type Target =
  | { readonly device: string }
  | ({ readonly address: string } & Partial<SignIn>)

export interface NewCamera extends Partial<SignIn> {
  readonly url: string
  readonly name?: string
}

/** What is missing stays as it is. */
export interface CameraChange extends Partial<SignIn> {
  readonly name?: string
  readonly number?: number
  readonly text?: string
  readonly streams?: Readonly<Record<string, string>>
  readonly transport?: Transport
  readonly rotation?: Rotation
  readonly disabled?: boolean
}

export interface NewDevice extends Partial<SignIn> {
  readonly address: string
  /** Tokens of the video sources to take as cameras. */
  readonly sources: readonly string[]
  readonly name?: string
}

export interface StreamTest extends Partial<SignIn> {
  readonly url: string
  readonly guess: boolean
  readonly picture: boolean
}

/** What the file is that another system's cameras come from. */
export interface ImportFile {
  readonly name: string
  readonly content: string
}

const camerasPath = '/api/v1/cameras'
const devicesPath = '/api/v1/devices'
const discoveryPath = '/api/v1/discovery'

/** The calls of the page that finds, adds and edits cameras. The server bounds what a device may take: 30 s. */
export class InventoryApi {
  readonly #config: CallConfig

  constructor(config: CallConfig) {
    this.#config = config
  }

  /** As many as a list may have. */
  async devices(signal: AbortSignal): Promise<Result<Device[]>> {
    return call(this.#config, { path: `${devicesPath}?limit=5000`, read: json((body) => Array.isArray(field(body, 'devices')) ? list(body, 'devices', decodeDevice) : null) }, signal)
  }

  camera(id: string, signal: AbortSignal): Promise<Result<Camera>> {
    return call(this.#config, { path: path(camerasPath, id), read: json(decodeCamera) }, signal)
  }

  addCamera(body: NewCamera, signal: AbortSignal): Promise<Result<Camera>> {
    return call(this.#config, { path: camerasPath, method: 'POST', body, read: json(decodeCamera) }, signal)
  }

  editCamera({ id, revision }: Camera, body: CameraChange, signal: AbortSignal): Promise<Result<Camera>> {
    return call(this.#config, { path: path(camerasPath, id), method: 'PATCH', revision, body, read: json(decodeCamera) }, signal)
  }

  removeCamera({ id, revision }: Camera, signal: AbortSignal): Promise<Result<true>> {
    return call(this.#config, { path: path(camerasPath, id), method: 'DELETE', revision, read: done }, signal)
  }

  /** Connects now, whatever pause the camera is in. */
  retry(id: string, signal: AbortSignal): Promise<Result<true>> {
    return call(this.#config, { path: `${path(camerasPath, id)}/retry`, method: 'POST', read: done }, signal)
  }

  /** Adds a device and chosen ones of its video sources as cameras, in one step. */
  addDevice(body: NewDevice, signal: AbortSignal): Promise<Result<Camera[]>> {
    return call(this.#config, { path: devicesPath, method: 'POST', body, read: json((answer) => list(answer, 'cameras', decodeCamera)) }, signal)
  }

  /** Changes the sign-in of a device, which all its cameras use that have none of their own. */
  editDevice({ id, revision }: Device, body: SignIn, signal: AbortSignal): Promise<Result<Device>> {
    return call(this.#config, { path: path(devicesPath, id), method: 'PATCH', revision, body, read: json(decodeDevice) }, signal)
  }

  /** Removes a device and all its cameras. */
  removeDevice({ id, revision }: Device, signal: AbortSignal): Promise<Result<true>> {
    return call(this.#config, { path: path(devicesPath, id), method: 'DELETE', revision, read: done }, signal)
  }

  describe(body: Target, signal: AbortSignal): Promise<Result<Description>> {
    return call(this.#config, { path: '/api/v1/describe', method: 'POST', body, read: json(decodeDescription) }, signal)
  }

  /** A picture of one video source of a device that is asked. */
  picture(target: Target, source: string, signal: AbortSignal): Promise<Result<Blob>> {
    return call(this.#config, { path: '/api/v1/describe/picture', method: 'POST', body: { ...target, source }, read: picture }, signal)
  }

  test(body: StreamTest, signal: AbortSignal): Promise<Result<Trial>> {
    return call(this.#config, { path: '/api/v1/test', method: 'POST', body, read: json(decodeTrial) }, signal)
  }

  discovery(signal: AbortSignal): Promise<Result<Discovery>> {
    return call(this.#config, { path: discoveryPath, read: json(decodeDiscovery) }, signal)
  }

  /** Looks for devices, and asks the addresses of these ranges one by one. */
  search(ranges: readonly string[], signal: AbortSignal): Promise<Result<true>> {
    return call(this.#config, { path: `${discoveryPath}/search`, method: 'POST', body: { ranges }, read: done }, signal)
  }

  /** Reads another system's file; with `write`, adds its cameras. */
  importFile(file: ImportFile, write: boolean, signal: AbortSignal): Promise<Result<Imported>> {
    return call(this.#config, { path: '/api/v1/import', method: 'POST', body: { ...file, write }, read: json(decodeImported) }, signal)
  }
}

function path(folder: string, id: string): string {
  return `${folder}/${encodeURIComponent(id)}`
}

const done = (): Promise<true> => Promise.resolve(true)

async function picture(response: Response): Promise<Blob | null> {
  const blob = await response.blob()
  return blob.size > 0 ? blob : null
}
