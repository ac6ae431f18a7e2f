import { describe, expect, it } from 'vitest'
import { camera } from '../../testing/cameras'
import { decodeDescription, type Description } from '../api/device'
import { noAnswer } from '../api/result'
import { recorder } from '../../testing/devices'
import { camerasEn } from './cameras-en'
import { codecName, describedWords, offerWords, searchWords, stateOf, streamWords, troubleText, type CamerasSpeech } from './cameras-words'
import { camerasZhHant } from './cameras-zh-hant'
import { en } from './en'
import { zhHant } from './zh-hant'

const english: CamerasSpeech = { m: camerasEn, common: en, locale: 'en-GB' }
const chinese: CamerasSpeech = { m: camerasZhHant, common: zhHant, locale: 'zh-TW' }

/** Each sentence by its key, made with numbers and words that can be told from one another. */
function sentences(messages: object, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
    if (typeof value === 'object' && value !== null) {
      for (const [inner, sentence] of sentences(value, `${prefix}${key}.`)) all.set(inner, sentence)
    } else {
      all.set(prefix + key, typeof value === 'function' ? String((value as (...words: unknown[]) => unknown)(7, 8, 9)) : String(value))
    }
  }
  return all
}

describe('the languages of the page of cameras', () => {
  it('have the same sentences', () => {
    const [ours, theirs] = [sentences(camerasEn), sentences(camerasZhHant)]
    expect(ours.size).toBeGreaterThan(100)
    expect([...theirs.keys()].sort()).toEqual([...ours.keys()].sort())
    for (const [key, sentence] of ours) expect(theirs.get(key) === '', key).toBe(sentence === '')
  })

  it('put the numbers into them', () => {
    for (const messages of [camerasEn, camerasZhHant]) {
      for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
        if (typeof value === 'function') expect(sentences({ [key]: value }).get(key), key).toMatch(/[789]/)
      }
    }
  })

  it('are really translated', () => {
    const ours = sentences(camerasEn)
    for (const [key, sentence] of sentences(camerasZhHant)) {
      // Names of protocols, units and marks are the same everywhere.
      if (/[a-z]{3} [a-z]{2}/.test(ours.get(key) ?? '')) expect(sentence, key).not.toBe(ours.get(key))
    }
  })
})

describe('troubleText', () => {
  const trouble = { code: 'without_onvif', message: 'the camera 192.0.2.1 has ONVIF off', hint: 'switch it on' }

  it('takes the words of the server for those who read them', () => {
    expect(troubleText(trouble, english)).toMatchObject({ what: 'The camera 192.0.2.1 has ONVIF off', todo: 'Switch it on' })
  })

  it('takes our own for others, and shows the original', () => {
    const text = troubleText(trouble, chinese)
    expect(text.what).toBe(camerasZhHant.troubles.without_onvif.what)
    expect(text.original).toContain('192.0.2.1')
  })

  it('hands on what it does not know, and always says something', () => {
    expect(troubleText({ code: 'tomorrow', message: '', hint: '' }, chinese).what).toBe('tomorrow')
    expect(troubleText({ ...trouble, code: 'tomorrow' }, chinese).what).toContain('192.0.2.1')
    expect(troubleText(noAnswer('x'), english).what).toBe(camerasEn.noAnswer)
    expect(troubleText({ ...noAnswer('x'), code: 'timeout' }, english).what).toBe(camerasEn.troubles.timeout.what)
    expect(troubleText({ ...noAnswer('The camera closed the connection.'), status: 424, code: 'ended' }, chinese).what).toBe(zhHant.reasons.ended)
  })
})

describe('what is offered', () => {
  const main = { name: 'main', codec: 'H265', width: 1920, height: 1080, fps: 25, url: '' }

  it('is told by codec, size and rate, as far as they are known', () => {
    expect(streamWords(main, english)).toBe('H.265 1920x1080 25 fps')
    expect(streamWords({ codec: 'unknown', width: 0, height: 0, fps: 0 }, english)).toBe('')
    expect(codecName('X-VID')).toBe('X-VID')
    expect(offerWords(camera(1, { streams: [main, { ...main, name: 'sub', codec: 'H264', width: 640, height: 360 }] }), english)).toBe('H.265 1920x1080 25 fps, H.264 640x360')
  })

  it('counts the channels of a recorder', () => {
    const described = (channels: number): Description => decodeDescription(recorder(channels)) as Description
    expect(describedWords(described(16), english)).toBe('16 channels: 15 with a picture, 1 without video')
    expect(describedWords({ ...described(2), channels: described(3).channels.slice(0, 2) }, english)).toBe('2 channels')
    expect(describedWords({ ...described(2), channels: [] }, english)).toBe(camerasEn.noVideo)
  })
})

describe('the line of the search', () => {
  it.each([
    [['eth0', 'wlan0'], 6, 'Searching on eth0 and wlan0. 6 devices so far, 2 s left.'],
    [[], 1, 'Searching. 1 device so far, 2 s left.'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 0, 'Searching on a, b, c and 3 more. 0 devices so far, 2 s left.'],
  ])('on %o with %d devices says %s', (interfaces, devices, words) => {
    expect(searchWords({ interfaces, startedAt: 0, endsAt: 6900 }, devices, 5000, english)).toBe(words)
  })

  it('has no seams in Chinese', () => {
    expect(searchWords({ interfaces: ['eth0'], startedAt: 0, endsAt: 6900 }, 6, 5000, chinese)).not.toMatch(/ {2}|undefined/)
  })
})

describe('stateOf', () => {
  it('says nothing of a camera that is well, or that nobody watches', () => {
    for (const state of ['live', 'idle', 'connecting'] as const) expect(stateOf(camera(1, { state }), 0)).toBeNull()
    expect(stateOf(camera(1, { state: 'retrying', reason: 'refused', since: 5 }), 9)).toMatchObject({ kind: 'retrying', reason: 'refused', since: 5 })
    expect(stateOf(camera(1, { state: 'disabled' }), 9)).toEqual({ kind: 'disabled' })
  })
})
