import { chooseLanguage, languages, localeFor, type Language } from '../messages/language'
import type { Messages } from '../messages/messages'

const storageKey = 'camwall.language'

/** The language of the page: the browser's until somebody chooses. */
export class SpeechState {
  readonly #wanted: readonly string[]
  #language = $state<Language>('en')

  /** `said` by the page's address goes before what was chosen once. */
  constructor(wanted: readonly string[], said: Language | null = null) {
    this.#wanted = wanted
    const chosen = remembered()
    this.#language = said ?? chooseLanguage(chosen === null ? wanted : [chosen])
  }

  get language(): Language {
    return this.#language
  }

  readonly messages: Messages = $derived(languages[this.#language])

  readonly locale: string = $derived.by(() => localeFor(this.#language, this.#wanted))

  choose(language: Language): void {
    this.#language = language
    try {
      localStorage.setItem(storageKey, language)
    } catch {
      // A browser that keeps nothing for us: the choice lasts as long as the page.
    }
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}
