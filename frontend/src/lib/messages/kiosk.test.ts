import { describe, expect, it } from 'vitest'
import { kioskEn } from './kiosk-en'
import { kioskCodes } from './kiosk'
import { kioskLanguages, machineWords, outageSentence, padWords, whyWords } from './kiosk-words'
import { kioskZhHant } from './kiosk-zh-hant'
import { languages } from './language'
import type { Speech } from './words'

const now = new Date(2026, 10, 21, 14, 5).getTime()
const english: Speech = { messages: languages.en, locale: 'en-GB', now }
const chinese: Speech = { messages: languages['zh-Hant'], locale: 'zh-TW', now }

const said = (value: unknown): string => (typeof value === 'function' ? String((value as (...words: unknown[]) => unknown)(7, 8)) : typeof value === 'string' ? value : JSON.stringify(value))

describe('the languages of a locked screen', () => {
  it('have the same sentences, none empty, with their numbers in them', () => {
    expect(Object.keys(kioskZhHant)).toEqual(Object.keys(kioskEn))
    for (const messages of Object.values(kioskLanguages)) {
      for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
        expect(said(value), key).not.toMatch(/^$|undefined/)
        if (typeof value === 'function') expect(said(value), key).toContain('7')
      }
    }
  })

  it('are really translated', () => {
    for (const [key, value] of Object.entries(kioskZhHant) as [keyof typeof kioskEn, unknown][]) expect(said(value), key).not.toBe(said(kioskEn[key]))
  })
})

describe('outageSentence', () => {
  it('tells since when and for how long', () => {
    expect(outageSentence(180_000, true, kioskEn, english)).toBe('No connection to the server since 14:02 (3 min)')
    expect(outageSentence(180_000, true, kioskZhHant, chinese)).toBe('自 14:02 起無法連線到伺服器（3 分鐘）')
  })

  it('tells no time of day where the clock is not set', () => {
    expect(outageSentence(180_000, false, kioskEn, english)).toBe('No connection to the server for 3 min')
    expect(outageSentence(5000, false, kioskZhHant, chinese)).toBe('已 5 秒無法連線到伺服器')
  })
})

describe('whyWords', () => {
  const why = { code: 'no_such_host', reason: 'the name wall.example can\'t be resolved', hint: 'check the name' }

  it('are the kiosk\'s own where the reader understands them', () => {
    expect(whyWords(why, kioskEn, english)).toEqual(['The name wall.example can\'t be resolved', 'Check the name'])
    expect(whyWords(why, kioskZhHant, chinese)).toEqual(kioskZhHant.reasons.no_such_host)
    expect(whyWords({ code: 'refused', reason: 'nobody listens', hint: 'camwall-server has ended' }, kioskEn, english)).toEqual(['Nobody listens', 'camwall-server has ended'])
    expect(whyWords({ code: 'new', reason: 'something new', hint: '' }, kioskZhHant, chinese)).toEqual(['Something new'])
    expect(whyWords({ code: 'ended', reason: '', hint: '' }, kioskEn, english)).toEqual(kioskEn.reasons.ended)
    expect(whyWords({ code: 'starting', reason: '', hint: '' }, kioskEn, english)).toEqual([])
  })

  it('are there for every code, in every language', () => {
    for (const m of Object.values(kioskLanguages)) for (const code of kioskCodes) expect(m.reasons[code].every((part) => part.length > 4), code).toBe(true)
  })
})

describe('machineWords', () => {
  it('name the machine and where it is', () => {
    expect(machineWords({ host: 'terminal-7', addresses: ['192.0.2.7', '2001:db8::7'] }, kioskEn)).toBe('This screen: terminal-7, 192.0.2.7, 2001:db8::7')
    expect(machineWords({ host: 'terminal-7', addresses: [] }, kioskEn)).toBe('This screen: terminal-7, without a network address')
  })
})

describe('padWords', () => {
  it.each([
    [{ kind: 'nothing' }, 0, 'Type the PIN, then choose what is to happen.'],
    [{ kind: 'wrong', triesLeft: 3 }, 0, 'Wrong PIN. 3 tries left.'],
    [{ kind: 'wrong', triesLeft: 1 }, 0, 'Wrong PIN. 1 try left.'],
    [{ kind: 'wrong', triesLeft: null }, 0, 'Wrong PIN.'],
    [{ kind: 'wrong', triesLeft: 0 }, 29_400, 'Too many wrong PINs. Next try in 29 s.'],
    [{ kind: 'nothing' }, 200, 'Too many wrong PINs. Next try in 1 s.'],
    [{ kind: 'leaving' }, 0, 'Leaving...'],
    [{ kind: 'failed' }, 0, 'The PIN could not be checked. Try again.'],
  ] as const)('of %o, %d ms to wait: %s', (notice, waitMs, words) => {
    expect(padWords(notice, waitMs, kioskEn, english)).toBe(words)
  })
})
