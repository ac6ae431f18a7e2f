import type { Fetch } from '../lib/api/fetch'
import { InventoryApi } from '../lib/api/inventory'

/** One request as the server would see it. */
export interface Asked {
  /** "POST /api/v1/describe" */
  readonly what: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Answers of a server that the test holds in its hands. */
export interface Answers {
  readonly fetch: Fetch
  readonly api: InventoryApi
  readonly asked: Asked[]
}

/** What the test answers: an answer, or a promise of one; undefined is 404. */
export type Answer = (asked: Asked) => Response | Promise<Response> | undefined

export function answers(answer: Answer): Answers {
  const asked: Asked[] = []
  const fetch: Fetch = async (address, init) => {
    const signal = init?.signal ?? new AbortController().signal
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    const one: Asked = { what: `${init?.method ?? 'GET'} ${address}`, body, headers: { ...init?.headers as Record<string, string> }, signal }
    asked.push(one)
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))))
    aborted.catch(() => undefined)
    return Promise.race([Promise.resolve(answer(one) ?? problem(404, 'not_found')), aborted])
  }
  return { fetch, api: new InventoryApi({ fetch, timeoutMs: 5000 }), asked }
}

export function problem(status: number, code: string, detail = 'The reason.', hint = 'What to do.'): Response {
  return Response.json({ title: 'Problem', status, code, detail, hint }, { status })
}

/** An answer that the test gives when it wants to. */
export function later(): { readonly answer: Promise<Response>; readonly give: (response: Response) => void } {
  let give: (response: Response) => void = () => undefined
  const answer = new Promise<Response>((resolve) => {
    give = resolve
  })
  return { answer, give: (response) => give(response) }
}
