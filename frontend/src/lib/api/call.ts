import type { Fetch } from './fetch'
import { noAnswer, problemOf, type Result } from './result'

export interface CallConfig {
  readonly fetch: Fetch
  /** How long one call may take before it counts as unanswered. */
  readonly timeoutMs: number
}

export interface Call<T> {
  readonly path: string
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** The revision that a change is meant for. */
  readonly revision?: number
  /** Only if there is none of that name yet. */
  readonly fresh?: boolean
  /** Reads a success; null when it is not what was asked for. */
  readonly read: (response: Response) => Promise<T | null>
}

/** Makes one call of our own interface. It ends by itself within the time limit. */
export async function call<T>(config: CallConfig, { path, method, body, revision, fresh, read }: Call<T>, signal: AbortSignal): Promise<Result<T>> {
  // Not AbortSignal.any: older webviews have none.
  const limited = new AbortController()
  const abort = (): void => limited.abort()
  signal.addEventListener('abort', abort)
  const limit = setTimeout(abort, config.timeoutMs)
  const headers: Record<string, string> = {}
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (revision !== undefined) headers['If-Match'] = `"${revision}"`
  if (fresh === true) headers['If-None-Match'] = '*'
  try {
    const response = await config.fetch(path, {
      signal: limited.signal, cache: 'no-store', method: method ?? 'GET', headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) return { kind: 'error', problem: await problemOf(response) }
    const value = await read(response)
    return value === null ? { kind: 'error', problem: noAnswer(`not the answer of ${path}`) } : { kind: 'ok', value }
  } catch (error) {
    if (signal.aborted) return { kind: 'aborted' }
    return { kind: 'error', problem: limited.signal.aborted ? { ...noAnswer('time limit passed'), code: 'timeout' } : noAnswer(String(error)) }
  } finally {
    clearTimeout(limit)
    signal.removeEventListener('abort', abort)
  }
}

/** Reads JSON. */
export function json<T>(decode: (body: unknown) => T | null): (response: Response) => Promise<T | null> {
  return async (response) => decode(await response.json())
}
