/** As much of the browser as keeping a screen awake needs. */
export interface WakeWorld {
  /** Undefined where browsers have none, and where the page came over an open way. */
  readonly wakeLock: Pick<WakeLock, 'request'> | undefined
  readonly document: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>
}

const everyMs = 60_000
/** A browser that takes a lock back sooner than this does not want to give one. */
const shortMs = 1000

/** Keeps the screen awake until the returned function is called. Browsers take the lock back when the page is hidden, or when they like. */
export function stayAwake({ wakeLock, document }: WakeWorld): () => void {
  if (wakeLock === undefined) return () => undefined
  let ended = false
  let asking = false
  let lock: WakeLockSentinel | null = null
  const isOver = (): boolean => ended
  const ask = async (): Promise<void> => {
    if (ended || asking || document.visibilityState !== 'visible' || (lock !== null && !lock.released)) return
    asking = true
    try {
      const got = await wakeLock.request('screen')
      const since = Date.now()
      lock = got
      got.addEventListener('release', () => {
        if (Date.now() - since >= shortMs) look()
      })
      // It came too late.
      if (isOver()) await got.release()
    } catch {
      // A battery that is low, or a browser that does not want to: the next look asks again.
    } finally {
      asking = false
    }
  }
  const look = (): void => void ask()
  const timer = setInterval(look, everyMs)
  document.addEventListener('visibilitychange', look)
  look()
  return () => {
    ended = true
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
    void lock?.release().catch(() => undefined)
  }
}
