const restMs = 3000

/** Marks a page while no hand moves the pointer, from the beginning on, so that its styles hide that; until the returned function is called. */
export function restPointer(page: Window): () => void {
  const end = new AbortController()
  const { classList } = page.document.documentElement
  let timer: ReturnType<typeof setTimeout> | undefined
  const rest = (): void => classList.add('still')
  const moved = (event: PointerEvent): void => {
    // Fingers need no pointer, and a page that changes under one that rests makes events, too.
    if (event.pointerType === 'touch' || (event.type === 'pointermove' && event.movementX === 0 && event.movementY === 0)) return
    classList.remove('still')
    clearTimeout(timer)
    timer = setTimeout(rest, restMs)
  }
  page.addEventListener('pointermove', moved, { capture: true, signal: end.signal })
  page.addEventListener('pointerdown', moved, { capture: true, signal: end.signal })
  rest()
  return () => {
    end.abort()
    clearTimeout(timer)
    classList.remove('still')
  }
}
