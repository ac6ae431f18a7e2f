import { decodeCameras, type Camera } from './camera'
import type { Fetch } from './fetch'
import { noAnswer, problemOf, type Result } from './result'

export interface ApiConfig {
  readonly fetch: Fetch
  /** How long one call may take before it counts as unanswered. */
  readonly timeoutMs: number
}

/** Calls of our own JSON interface, same origin. Each call ends by itself within the time limit. */
export class ApiClient {
  readonly #config: ApiConfig

  constructor(config: ApiConfig) {
    this.#config = config
  }

  /** The cameras in the order of the wall. */
  async cameras(signal: AbortSignal): Promise<Result<Camera[]>> {
    // Not AbortSignal.any: older webviews have none.
    const call = new AbortController()
    const abort = (): void => call.abort()
    signal.addEventListener('abort', abort)
    const limit = setTimeout(abort, this.#config.timeoutMs)
    try {
      const response = await this.#config.fetch('/api/v1/cameras', { signal: call.signal, cache: 'no-store' })
      if (!response.ok) return { kind: 'error', problem: await problemOf(response) }
      const cameras = decodeCameras(await response.json())
      return cameras === null ? { kind: 'error', problem: noAnswer('not a list of cameras') } : { kind: 'ok', value: cameras }
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted' }
      return { kind: 'error', problem: call.signal.aborted ? timedOut() : noAnswer(String(error)) }
    } finally {
      clearTimeout(limit)
      signal.removeEventListener('abort', abort)
    }
  }
}

function timedOut(): ReturnType<typeof noAnswer> {
  return { ...noAnswer('time limit passed'), code: 'timeout' }
}
