import type { Fetch } from '../api/fetch'
import { field } from '../api/json'

export type UnlockAction = 'leave' | 'reload'

/** What the kiosk answers to a PIN. */
export type Unlocked =
  | { readonly kind: 'ok' }
  /** Null: it does not say how many tries are left. */
  | { readonly kind: 'wrong'; readonly triesLeft: number | null }
  /** Nobody may try for so long. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** There is no PIN. */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed' }

const timeoutMs = 8000
/** Where it does not say how long. */
const usualWaitMs = 30_000

/** Asks the kiosk to open. It ends by itself within the time limit. */
export async function unlock(fetch: Fetch, pin: string, action: UnlockAction): Promise<Unlocked> {
  const limited = new AbortController()
  const limit = setTimeout(() => limited.abort(), timeoutMs)
  try {
    const answer = await fetch('/kiosk/unlock', {
      method: 'POST', body: JSON.stringify({ pin, action }), headers: { 'Content-Type': 'application/json' }, cache: 'no-store', signal: limited.signal,
    })
    if (answer.ok) return { kind: 'ok' }
    switch (answer.status) {
      case 403: {
        const left = field(await answer.json().catch(() => null), 'triesLeft')
        return { kind: 'wrong', triesLeft: typeof left === 'number' && left >= 0 ? Math.floor(left) : null }
      }
      case 404:
        return { kind: 'none' }
      case 429: {
        const seconds = Number(answer.headers.get('Retry-After') ?? '')
        return { kind: 'wait', ms: seconds > 0 ? seconds * 1000 : usualWaitMs }
      }
      default:
        return { kind: 'failed' }
    }
  } catch {
    return { kind: 'failed' }
  } finally {
    clearTimeout(limit)
  }
}
