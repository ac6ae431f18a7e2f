/** As much of the browser as keeping a screen awake needs. */
export interface WakeWorld {
  /** Undefined where browsers have none, and where the page came over an open way. */
  readonly wakeLock: Pick<WakeLock, 'request'> | undefined
  readonly document: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>
}

/** Keeps the screen awake until the returned function is called. Browsers take the lock back when the page is hidden. */
export function stayAwake({ wakeLock, document }: WakeWorld): () => void {
  if (wakeLock === undefined) return () => undefined
  let ended = false
  let lock: WakeLockSentinel | null = null
  const isOver = (): boolean => ended
  const ask = async (): Promise<void> => {
    if (ended || document.visibilityState !== 'visible' || (lock !== null && !lock.released)) return
    try {
      const got = await wakeLock.request('screen')
      lock = got
      // It came too late.
      if (isOver()) await got.release()
    } catch {
      // A battery that is low, or a browser that does not want to: the next look asks again.
    }
  }
  const look = (): void => void ask()
  document.addEventListener('visibilitychange', look)
  look()
  return () => {
    ended = true
    document.removeEventListener('visibilitychange', look)
    void lock?.release().catch(() => undefined)
  }
}
