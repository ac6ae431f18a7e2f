/** Keys without Ctrl, Alt or Meta that browsers keep for themselves. */
const browserKey = /^(F\d{1,2}|Browser.*|ContextMenu|Help|Print|PrintScreen|ZoomToggle|Backspace)$/

/** Whether a browser may act on a key: not where that leads away, or changes how large all is. */
export function isBrowserKey({ key, ctrlKey, altKey, metaKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>): boolean {
  return ctrlKey || altKey || metaKey || browserKey.test(key)
}

/**
 * Takes from a page what a browser lets everybody do with it: menu, selection, drag, zoom, keys that lead away. The wall's own
 * keys go on. The window refuses the same by itself; the returned function gives it back.
 */
export function lockPage(page: Window): () => void {
  const end = new AbortController()
  const { document } = page
  const refuse = <Type extends keyof WindowEventMap>(type: Type, unless: (event: WindowEventMap[Type]) => boolean = () => false): void => {
    page.addEventListener(type, (event) => {
      if (!unless(event)) event.preventDefault()
    }, { capture: true, passive: false, signal: end.signal })
  }
  refuse('contextmenu')
  refuse('selectstart')
  refuse('dragstart')
  refuse('dragover')
  refuse('drop')
  refuse('wheel', (event) => !event.ctrlKey)
  refuse('touchmove', (event) => event.touches.length < 2)
  refuse('keydown', (event) => !isBrowserKey(event))
  // The wheel scrolls and pastes, the buttons at the side go back and forth.
  for (const type of ['mousedown', 'mouseup', 'auxclick'] as const) refuse(type, (event) => event.button === 0)
  // WebKit's own, which it has no types for.
  for (const type of ['gesturestart', 'gesturechange', 'gestureend']) {
    page.addEventListener(type, (event) => event.preventDefault(), { capture: true, passive: false, signal: end.signal })
  }
  document.documentElement.classList.add('locked')
  return () => {
    end.abort()
    document.documentElement.classList.remove('locked')
  }
}
