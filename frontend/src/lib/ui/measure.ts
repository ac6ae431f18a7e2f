import type { Pixels } from '../state/tile.svelte'

/** Tells an element's size in device pixels, now and whenever it changes, until the returned function is called. */
export function measure(element: HTMLElement, tell: (size: Pixels) => void): () => void {
  const observer = new ResizeObserver(([entry]) => {
    if (entry === undefined) return
    const exact = (entry as Partial<ResizeObserverEntry>).devicePixelContentBoxSize?.[0]
    const width = exact?.inlineSize ?? entry.contentRect.width * devicePixelRatio
    const height = exact?.blockSize ?? entry.contentRect.height * devicePixelRatio
    // A tile that is not laid out has no size to ask for.
    if (width >= 1 && height >= 1) tell({ width: Math.round(width), height: Math.round(height) })
  })
  try {
    observer.observe(element, { box: 'device-pixel-content-box' })
  } catch {
    // WebKit knows no such box.
    observer.observe(element)
  }
  return () => observer.disconnect()
}

const layoutMs = 180

/** Moves an element from where it was to where it is now. Nothing moves for people who do not want that. */
export function grow(element: HTMLElement, before: DOMRect): void {
  const after = element.getBoundingClientRect()
  const same = before.left === after.left && before.top === after.top && before.width === after.width && before.height === after.height
  if (same || after.width === 0 || after.height === 0 || before.width === 0 || matchMedia('(prefers-reduced-motion: reduce)').matches) return
  const from = `translate(${before.left - after.left}px, ${before.top - after.top}px) scale(${before.width / after.width}, ${before.height / after.height})`
  element.animate(
    [{ transform: from, transformOrigin: '0 0', zIndex: 2 }, { transform: 'none', transformOrigin: '0 0', zIndex: 2 }],
    { duration: layoutMs, easing: 'ease-out' },
  )
}
