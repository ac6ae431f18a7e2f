import type { Fetch } from '../api/fetch'
import { text } from '../api/json'
import { noAnswer, problemOf } from '../api/result'
import type { Store } from '../operator/snapshot'

/** Hands files to our window, which asks the reader where they are to go. */
export function storeInWindow(fetch: Fetch): Store {
  let asking = false
  return async (blob, name) => {
    // The reader has one such question before him already.
    if (asking) return { kind: 'cancelled' }
    asking = true
    try {
      // As bytes: webviews lose blobs on their way to handlers of their own. There is no limit of time, as it is a person who is asked.
      const body = await blob.arrayBuffer()
      const answer = await fetch(`/window/save?name=${encodeURIComponent(name)}`, { method: 'POST', body, headers: { 'Content-Type': 'image/jpeg' }, cache: 'no-store' })
      if (!answer.ok) return { kind: 'failed', problem: await problemOf(answer) }
      const saved = text(await answer.json(), 'saved')
      return saved === '' ? { kind: 'cancelled' } : { kind: 'stored', name: saved }
    } catch (error) {
      return { kind: 'failed', problem: noAnswer(String(error)) }
    } finally {
      asking = false
    }
  }
}
