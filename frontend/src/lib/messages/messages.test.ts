import { describe, expect, it } from 'vitest'
import { noAnswer } from '../api/result'
import type { View } from '../state/view'
import { en } from './en'
import { chooseLanguage, languages, localeFor } from './language'
import { markFor, time, wordsFor, type Speech } from './words'
import { zhHant } from './zh-hant'

/** Every sentence under its dotted key, functions called with a word that must appear. */
function sentences(messages: object, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
    if (typeof value === 'object' && value !== null) {
      for (const [inner, sentence] of sentences(value, `${prefix}${key}.`)) all.set(inner, sentence)
    } else {
      all.set(prefix + key, typeof value === 'function' ? (value as (...words: string[]) => string)('7', '8') : String(value))
    }
  }
  return all
}

describe('languages', () => {
  it('have the same sentences, none empty', () => {
    const keys = [...sentences(en).keys()]
    expect(keys.length).toBeGreaterThan(60)
    for (const messages of Object.values(languages)) {
      const all = sentences(messages)
      expect([...all.keys()]).toEqual(keys)
      for (const [key, sentence] of all) expect(sentence, key).not.toBe('')
    }
  })

  it('put the numbers and times into their sentences', () => {
    for (const messages of Object.values(languages)) {
      for (const [key, value] of Object.entries(messages)) {
        if (typeof value === 'function') expect(sentences({ [key]: value as unknown }).get(key), key).toContain('7')
      }
    }
  })

  it('are really translated', () => {
    const english = sentences(en)
    for (const [key, sentence] of sentences(zhHant)) {
      if (key !== 'serverSpeaksIt') expect(sentence, key).not.toBe(english.get(key))
    }
  })

  it.each([
    [['en-US', 'zh-TW'], 'en', 'en-US'],
    [['zh-TW', 'en'], 'zh-Hant', 'zh-TW'],
    [['zh'], 'zh-Hant', 'zh'],
    [['fr-FR', 'zh-HK'], 'zh-Hant', 'zh-HK'],
    [['fr-FR'], 'en', 'en-GB'],
    [[], 'en', 'en-GB'],
  ] as const)('%o chooses %s', (wanted, language, locale) => {
    expect(chooseLanguage(wanted)).toBe(language)
    expect(localeFor(language, wanted)).toBe(locale)
  })
})

const now = new Date(2026, 10, 21, 14, 4, 31).getTime()
const english: Speech = { messages: en, locale: 'en-GB', now }
const chinese: Speech = { messages: zhHant, locale: 'zh-TW', now }
const at = (hour: number, minute: number): number => new Date(2026, 10, 21, hour, minute).getTime()

describe('wordsFor', () => {
  it.each<[View, string, string]>([
    [{ kind: 'connecting', since: now - 1000 }, 'Connecting...', ''],
    [{ kind: 'idle' }, 'Starting...', ''],
    [{ kind: 'silent', since: now - 4000 }, 'No picture for 4 s', ''],
    [{ kind: 'stale', since: now - 125_000 }, 'No picture for 2 min', 'Reconnecting.'],
    [{ kind: 'silent', since: now - 3 * 3_600_000 }, 'No picture for 3 h', ''],
    [{ kind: 'retrying', since: at(14, 2), nextTry: now + 2000, reason: 'dial_timeout', message: 'No answer from 192.168.1.37' },
      'Offline since 14:02', 'No answer from 192.168.1.37. Next try in 2 s.'],
    [{ kind: 'retrying', since: null, nextTry: now - 1, reason: 'dial_timeout', message: '' }, 'Offline', 'The camera does not answer.'],
    [{ kind: 'unauthorized', nextTry: at(14, 32), message: 'x' }, 'Password refused', 'Next try 14:32, so that the camera does not lock.'],
    [{ kind: 'busy', nextTry: at(14, 6), message: '' }, 'The camera serves no more viewers', 'Next try 14:06.'],
    [{ kind: 'disabled' }, 'Switched off', ''],
    [{ kind: 'paused', since: at(14, 2) }, 'Paused since 14:02', ''],
    [{ kind: 'refused', problem: { ...noAnswer('no cam9'), status: 404 } }, 'This camera is no longer there', 'no cam9.'],
    [{ kind: 'refused', problem: { ...noAnswer(''), status: 429, hint: 'Close one.' } }, 'The server shows no more pictures at once', 'Close one.'],
    [{ kind: 'refused', problem: { ...noAnswer(''), status: 400 } }, 'This picture cannot be shown', ''],
  ])('says of %o: %s', (view, title, detail) => {
    expect(wordsFor(view, english)).toMatchObject({ title, detail })
  })

  it('leaves live pictures, short waits and the one bar of the wall alone', () => {
    expect(wordsFor({ kind: 'live', unchanged: true, behindMs: 5 }, english)).toBeNull()
    expect(wordsFor({ kind: 'connecting', since: now - 999 }, english)).toBeNull()
    expect(wordsFor({ kind: 'gone' }, english)).toBeNull()
  })

  it('explains codes in the language of the reader, and hands on what it does not know', () => {
    const retrying = { kind: 'retrying', since: at(14, 2), nextTry: now + 2000, message: 'No answer' } as const
    expect(wordsFor({ ...retrying, reason: 'dial_timeout' }, chinese)).toMatchObject({ title: '自 14:02 起離線', detail: '攝影機沒有回應。2 秒後重試。' })
    expect(wordsFor({ ...retrying, reason: 'new_code' }, chinese)?.detail).toContain('No answer')
  })

  it('names the day when it is not today', () => {
    expect(time(new Date(2026, 10, 19, 8, 5).getTime(), english)).toBe('19 Nov, 08:05')
  })
})

describe('markFor', () => {
  it('says the one thing that matters most, of live pictures alone', () => {
    expect(markFor({ kind: 'live', unchanged: false, behindMs: null }, english)).toBeNull()
    expect(markFor({ kind: 'live', unchanged: true, behindMs: null }, english)).toBe('Unchanged')
    expect(markFor({ kind: 'live', unchanged: true, behindMs: 2449 }, english)).toBe('2.4 s behind')
    expect(markFor({ kind: 'live', unchanged: false, behindMs: 0 }, english)).toBe('Behind')
    expect(markFor({ kind: 'disabled' }, english)).toBeNull()
  })
})
