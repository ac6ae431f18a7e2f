import type { Attachment } from 'svelte/attachments'

/** Tells elements when they can be seen. One observer serves a whole list. */
export class Sight {
  readonly #watched = new Map<Element, (seen: boolean) => void>()
  #observer: IntersectionObserver | null = null

  /** Attached to an element: calls `enter` when it can be seen, and what that returned when it no longer can. */
  watch(enter: () => () => void): Attachment {
    return (element) => {
      let leave: (() => void) | undefined
      this.#watched.set(element, (seen) => {
        if (seen === (leave !== undefined)) return
        if (seen) {
          leave = enter()
        } else {
          leave?.()
          leave = undefined
        }
      })
      this.#observe().observe(element)
      return () => {
        this.#observer?.unobserve(element)
        this.#watched.delete(element)
        leave?.()
      }
    }
  }

  #observe(): IntersectionObserver {
    this.#observer ??= new IntersectionObserver((entries) => {
      for (const entry of entries) this.#watched.get(entry.target)?.(entry.isIntersecting)
    }, { rootMargin: '100px' })
    return this.#observer
  }
}
