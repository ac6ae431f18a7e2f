import { en } from './en'
import type { Messages } from './messages'
import { zhHant } from './zh-hant'

export const languages = { en, 'zh-Hant': zhHant } as const satisfies Record<string, Messages>

/** As in the lang attribute of the page (BCP 47). */
export type Language = keyof typeof languages

/** The first of the wanted languages that we speak, else English. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const lower = tag.toLowerCase()
    // Readers of any Chinese are better served by Traditional characters than by English.
    if (lower === 'zh' || lower.startsWith('zh-')) return 'zh-Hant'
    if (lower === 'en' || lower.startsWith('en-')) return 'en'
  }
  return 'en'
}

/** The locale for times and numbers: the reader's own one of that language. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  const own = wanted.find((tag) => chooseLanguage([tag]) === language && (language !== 'en' || tag.toLowerCase().startsWith('en')))
  return own ?? (language === 'en' ? 'en-GB' : 'zh-TW')
}
