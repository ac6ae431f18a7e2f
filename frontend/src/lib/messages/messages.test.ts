import { describe, expect, it } from 'vitest'
import type { Refusal } from '../live/client'
import type { Outage } from '../state/outages'
import type { View } from '../state/view'
import { en } from './en'
import { chooseLanguage, languages, localeFor } from './language'
import { clock, marksFor, newsFor, outageWords, shortWordsFor, time, wordsFor, type Speech } from './words'
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
const refusal = (status: number): Refusal => ({ status, code: '', message: 'Too many', hint: 'Close one.' })
const at = (hour: number, minute: number): number => new Date(2026, 10, 21, hour, minute).getTime()

describe('wordsFor', () => {
  it.each<[View, string, string]>([
    [{ kind: 'connecting', since: now - 1000 }, 'Connecting...', ''],
    [{ kind: 'idle' }, 'Starting...', ''],
    [{ kind: 'silent', since: now - 4000 }, 'No picture for 4 s', ''],
    [{ kind: 'stale', since: now - 125_000 }, 'No picture for 2 min', ''],
    [{ kind: 'silent', since: now - 3 * 3_600_000 }, 'No picture for 3 h', ''],
    [{ kind: 'retrying', since: at(14, 2), nextTry: now + 2000, reason: 'dial_timeout', message: 'No answer from 192.168.1.37' },
      'Offline since 14:02', 'No answer from 192.168.1.37. Next try in 2 s.'],
    [{ kind: 'retrying', since: null, nextTry: now - 1, reason: 'dial_timeout', message: '' }, 'Offline', 'The camera does not answer.'],
    [{ kind: 'unauthorized', nextTry: at(14, 32), message: 'x' }, 'Password refused', 'Next try 14:32, so that the camera does not lock.'],
    [{ kind: 'retrying', since: at(14, 2), nextTry: null, reason: 'no_video', message: 'No video on channel 7' }, 'No video', 'No video on channel 7.'],
    [{ kind: 'unauthorized', nextTry: null, message: 'It wants a password' }, 'Password refused', 'It wants a password.'],
    [{ kind: 'busy', nextTry: at(14, 6), message: '' }, 'The camera serves no more viewers', 'Next try 14:06.'],
    [{ kind: 'busy', nextTry: null, message: 'answered 453 Not Enough Bandwidth' }, 'The camera serves no more viewers (453)', ''],
    [{ kind: 'disabled' }, 'Switched off', ''],
    [{ kind: 'paused', since: at(14, 2) }, 'Paused since 14:02', ''],
    [{ kind: 'stopped', since: at(14, 3), pictureTime: at(14, 2) }, 'Stopped', 'Picture of 14:02:00, 2 min old.'],
    [{ kind: 'stopped', since: at(14, 3), pictureTime: null }, 'Stopped', ''],
    [{ kind: 'missing' }, 'This camera is no longer there', ''],
    [{ kind: 'refused', refusal: refusal(429) }, 'The server shows no more pictures at once', 'Too many. Close one.'],
    [{ kind: 'refused', refusal: refusal(400) }, 'This picture cannot be shown', 'Too many. Close one.'],
  ])('says of %o: %s', (view, title, detail) => {
    expect(wordsFor(view, english)).toMatchObject({ title, detail })
  })

  it('leaves live pictures, short waits and the one bar of the wall alone', () => {
expect(wordsFor({ kind: 'live', unchangedSince: 1, behindMs: 5, reduced: 'link' }, english)).toBeNull()
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

describe('without a clock that is set', () => {
  const blind: Speech = { ...english, clockSet: false }

  it('nobody is told a time of day', () => {
    const retrying = { kind: 'retrying', since: now - 180_000, reason: 'x', message: '' } as const
    expect(wordsFor({ ...retrying, nextTry: now + 120_000 }, blind)).toMatchObject({ title: 'Offline for 3 min', detail: 'Next try in 2 min.' })
    expect(wordsFor({ kind: 'unauthorized', nextTry: now + 1_800_000, message: '' }, blind)?.detail).toBe('Next try in 30 min, so that the camera does not lock.')
    expect(wordsFor({ kind: 'busy', nextTry: now + 120_000, message: '' }, { ...chinese, clockSet: false })?.detail).toBe('2 分鐘後重試。')
    const outage: Outage = { device: 'nvr', kind: 'unauthorized', reason: '', cameras: ['a', 'b'], since: now, nextTry: now + 120_000 }
    expect(outageWords(outage, '', blind).text).toBe('2 cameras of nvr: password refused. Next try in 2 min, so that the camera does not lock.')
    expect(outageWords({ ...outage, kind: 'retrying', since: now - 60_000, nextTry: null }, '', blind).text).toBe('2 cameras of nvr: offline for 60 s.')
  })
})

describe('shortWordsFor', () => {
  it('leaves the cause to the line that says it for all', () => {
    expect(shortWordsFor({ kind: 'retrying', since: at(14, 2), nextTry: now + 2000, reason: 'dial_timeout', message: 'x' }, english)).toMatchObject({ title: 'Offline', detail: '', glyph: 'off' })
    expect(shortWordsFor({ kind: 'unauthorized', nextTry: now + 60_000, message: 'x' }, english)).toMatchObject({ title: 'Password refused', detail: '' })
    expect(shortWordsFor({ kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' }, english)).toBeNull()
  })
})

describe('outageWords', () => {
  const outage: Outage = { device: 'nvr', kind: 'retrying', reason: 'dial_timeout', cameras: ['a', 'b', 'c'], since: at(14, 2), nextTry: now + 2000 }

  it('says one cause for all', () => {
    expect(outageWords(outage, 'Recorder', english)).toEqual({ glyph: 'off', text: '3 cameras of Recorder: offline since 14:02. The camera does not answer. Next try in 2 s.' })
    expect(outageWords({ ...outage, device: '', reason: '' }, '', english).text).toBe('3 cameras: offline since 14:02. Next try in 2 s.')
    expect(outageWords({ ...outage, since: null, reason: '' }, '', english).text).toBe('3 cameras of nvr: offline. Next try in 2 s.')
    expect(outageWords({ ...outage, kind: 'unauthorized', nextTry: at(14, 32) }, 'Recorder', english)).toEqual({ glyph: 'key', text: '3 cameras of Recorder: password refused. Next try 14:32, so that the camera does not lock.' })
    expect(outageWords({ ...outage, kind: 'busy', nextTry: null }, 'Recorder', english).text).toBe('3 cameras of Recorder: the camera serves no more viewers.')
    expect(outageWords(outage, '錄影主機', chinese).text).toBe('錄影主機 的 3 部攝影機：自 14:02 起離線。攝影機沒有回應。2 秒後重試。')
  })
})

describe('marksFor', () => {
  it('tells what is wrong with a live picture', () => {
    const live = { kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' } as const
    expect(marksFor(live, english)).toEqual([])
    expect(marksFor({ ...live, unchangedSince: now - 125_000 }, english)).toEqual(['Unchanged for 2 min'])
    expect(marksFor({ ...live, behindMs: 2449, reduced: 'link' }, english)).toEqual(['2.4 s behind', 'Reduced: slow link'])
    expect(marksFor({ ...live, reduced: 'screen' }, english)).toEqual(['Reduced: slow screen'])
    expect(marksFor({ ...live, reduced: 'screen', behindMs: 2000 }, chinese)).toEqual(['延遲 2.0 秒', '已降低畫質：螢幕端太慢'])
    expect(marksFor({ kind: 'disabled' }, english)).toEqual([])
  })
})

describe('newsFor', () => {
  it('names the camera and what became of it', () => {
    expect(newsFor('3 Yard', { kind: 'disabled' }, english)).toBe('3 Yard: switched off')
    expect(newsFor('3 Yard', { kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' }, english)).toBe('3 Yard: live again')
  })
})

describe('clock', () => {
  it('names the zone', () => {
    expect(clock(Date.UTC(2026, 10, 21, 6, 4, 31), 'en-GB', 'Asia/Taipei')).toBe('Sat 21 Nov 14:04:31 UTC+8')
    expect(clock(Date.UTC(2026, 10, 21, 6, 4, 31), 'en-GB', 'UTC')).toBe('Sat 21 Nov 06:04:31 UTC')
    expect(clock(Date.UTC(2026, 10, 21, 6, 4, 31), 'zh-TW', 'Asia/Taipei')).toMatch(/11月21日.*14:04:31.*UTC\+8|UTC\+8.*14:04:31/)
  })
})
