/** What the menu of our window offers; the last one is the window's own: what carried the pictures has died. */
export const menuNames = ['snapshot', 'information', 'help', 'wall', 'cameras', 'statistics', 'reconnect'] as const

export type MenuName = (typeof menuNames)[number]

/** What can be done now, by the one who can do it. */
export type MenuHands = Readonly<Partial<Record<MenuName, () => void>>>

/** Where our window finds the page's menu. */
interface MenuPlace {
  camwall?: { readonly menu: (name: unknown) => void }
}

/** Joins the menu of our window to whatever of the page does what it offers. */
export class WindowMenu {
  /** The newest goes before the others. */
  #offers: readonly MenuHands[] = []

  /** Until the returned function is called. */
  offer(hands: MenuHands): () => void {
    this.#offers = [hands, ...this.#offers]
    return () => {
      this.#offers = this.#offers.filter((one) => one !== hands)
    }
  }

  /** Does what was chosen; nothing for a name that is not known, or that nobody can do now. */
  choose(name: unknown): void {
    const known = menuNames.find((one) => one === name)
    if (known !== undefined) this.#offers.find((hands) => hands[known] !== undefined)?.[known]?.()
  }

  /** Lets our window reach it until the returned function is called. */
  install(place: object): () => void {
    const window: MenuPlace = place
    const mine = { menu: (name: unknown) => this.choose(name) }
    window.camwall = mine
    return () => {
      if (window.camwall === mine) delete window.camwall
    }
  }
}
