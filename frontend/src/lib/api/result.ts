/** An answer that says what went wrong, as RFC 9457 describes it, with a code and a hint of our own. */
export interface Problem {
  /** HTTP status; 0 when no answer came at all. */
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string
  readonly hint: string
  /** How long the server asks us to wait before the next try; null when it does not say. */
  readonly retryAfterMs: number | null
}

/** What every call returns: it never throws. */
export type Result<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'error'; readonly problem: Problem }

/** The problem of a server that gave no answer, or a broken one. */
export function noAnswer(detail: string): Problem {
  return { status: 0, title: 'no answer', detail, code: 'no_answer', hint: '', retryAfterMs: null }
}

/** Reads the problem from an answer that is not a success; falls back to the bare status for answers without one. */
export async function problemOf(response: Response): Promise<Problem> {
  const fields = await response.json().catch(() => null) as unknown
  const text = (name: string): string => {
    const value: unknown = typeof fields === 'object' && fields !== null ? Reflect.get(fields, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  return {
    status: response.status,
    title: text('title') || `HTTP ${response.status}`,
    detail: text('detail'),
    code: text('code'),
    hint: text('hint'),
    retryAfterMs: retryAfter(response.headers.get('Retry-After')),
  }
}

/** Only the form in seconds is used by our server (RFC 9110 section 10.2.3 also knows a date). */
function retryAfter(value: string | null): number | null {
  if (value === null || !/^\d{1,6}$/.test(value.trim())) return null
  return Number(value) * 1000
}
