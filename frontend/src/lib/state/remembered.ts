/** What this screen remembers over reloads. */
type Memory = 'wall' | 'language'

/** Empty when nothing is, and in browsers that keep nothing for us. */
export function recall(what: Memory): string {
  try {
    return localStorage.getItem(`camwall.${what}`) ?? ''
  } catch {
    return ''
  }
}

export function remember(what: Memory, value: string): void {
  try {
    localStorage.setItem(`camwall.${what}`, value)
  } catch {
    // The choice lasts as long as the page.
  }
}
