import { pause } from '../live/backoff'

const everyMs = 2000
/** Some browsers never ask again for a part that could not be had once. */
const patience = 3

/** Loads a part of the page that it can't do without. After a few tries in vain it asks for a new page, and goes on trying. Null when it is aborted. */
export async function persistently<Part>(load: () => Promise<Part>, beginAnew: () => void, signal: AbortSignal): Promise<Part | null> {
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      return await load()
    } catch {
      if (tries >= patience) beginAnew()
      await pause(everyMs, signal)
    }
  }
  return null
}
