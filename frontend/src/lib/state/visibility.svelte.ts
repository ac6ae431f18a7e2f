/** Whether anybody can see the page. A short look elsewhere is not worth a new start of all pictures. */
export class Visibility {
  #hiddenSince = $state<number | null>(null)

  /** Since when the page rests, in unix milliseconds; null while it works. */
  get pausedSince(): number | null {
    return this.#hiddenSince
  }

  /** Watches the document; the returned function ends that. */
  start(page: Document, restAfterMs: number): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = (): void => {
      clearTimeout(timer)
      if (!page.hidden) {
        this.#hiddenSince = null
        return
      }
      const since = Date.now()
      timer = setTimeout(() => (this.#hiddenSince = since), restAfterMs)
    }
    page.addEventListener('visibilitychange', look)
    look()
    return () => {
      clearTimeout(timer)
      page.removeEventListener('visibilitychange', look)
    }
  }
}
