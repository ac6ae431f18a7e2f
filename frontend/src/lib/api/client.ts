import { call, json, type CallConfig } from './call'
import { decodeCameras, decodeNext, type Camera } from './camera'
import type { Result } from './result'

export type ApiConfig = CallConfig

/** Calls of our own JSON interface, same origin, that every page needs. */
export class ApiClient {
  readonly #config: ApiConfig

  constructor(config: ApiConfig) {
    this.#config = config
  }

  /** All cameras in the order of the wall. */
  async cameras(signal: AbortSignal): Promise<Result<Camera[]>> {
    const all: Camera[] = []
    for (let after: string | null = ''; after !== null;) {
      const path: string = after === '' ? '/api/v1/cameras' : `/api/v1/cameras?after=${encodeURIComponent(after)}`
      const page: Result<Page> = await call(this.#config, { path, read: json(decodePage) }, signal)
      if (page.kind !== 'ok') return page
      all.push(...page.value.cameras)
      after = page.value.next
    }
    return { kind: 'ok', value: all }
  }
}

interface Page {
  readonly cameras: Camera[]
  readonly next: string | null
}

function decodePage(body: unknown): Page | null {
  const cameras = decodeCameras(body)
  // A page without a camera ends the list, whatever it says: the loop must end.
  return cameras === null ? null : { cameras, next: cameras.length === 0 ? null : decodeNext(body) }
}
