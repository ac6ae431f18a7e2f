import { describe, expect, it } from 'vitest'
import { cameras } from '../../testing/cameras'
import { noAnswer } from '../api/result'
import { byId } from '../operator/find'
import { presets } from '../operator/wall-layout'
import { operatorEn } from './operator-en'
import { bitsWords, flawWords, formatWords, operatorLanguages, ptzTrouble, snapshotTrouble, tileWords, wallTrouble, whyWords } from './operator-words'
import { operatorZhHant } from './operator-zh-hant'

/** Each sentence by its key, made with numbers that can be told from one another. */
function sentences(messages: object, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
    if (typeof value === 'object' && value !== null) {
      for (const [inner, sentence] of sentences(value, `${prefix}${key}.`)) all.set(inner, sentence)
    } else {
      all.set(prefix + key, typeof value === 'function' ? String((value as (...words: unknown[]) => unknown)(...(key === 'presetName' ? ['1+5'] : [7, 8, 9, 2, 3]))) : String(value))
    }
  }
  return all
}

const problem = (code: string, detail = ''): Parameters<typeof wallTrouble>[0] => ({ ...noAnswer(detail), status: 424, code })

describe('the languages of the operator\'s tools', () => {
  it('have the same sentences, none of them empty', () => {
    const [ours, theirs] = [sentences(operatorEn), sentences(operatorZhHant)]
    expect(ours.size).toBeGreaterThan(150)
    expect([...theirs.keys()].sort()).toEqual([...ours.keys()].sort())
    for (const [key, sentence] of [...ours, ...theirs]) expect(sentence, key).not.toMatch(/^$|undefined|\[object/)
  })

  it('put the numbers into them', () => {
    for (const messages of Object.values(operatorLanguages)) {
      for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
        if (typeof value === 'function') expect(sentences({ [key]: value }).get(key), key).toMatch(/[15789]/)
      }
    }
  })

  it('are really translated', () => {
    const ours = sentences(operatorEn)
    for (const [key, sentence] of sentences(operatorZhHant)) {
      if (/[a-z]{3} [a-z]{2}/.test(ours.get(key) ?? '')) expect(sentence, key).not.toBe(ours.get(key))
    }
  })

  it('name every preset', () => {
    for (const messages of Object.values(operatorLanguages)) expect(new Set(presets.map((preset) => messages.presetName(preset))).size).toBe(presets.length)
  })
})

describe('what went wrong', () => {
  it('is said of a wall', () => {
    expect(wallTrouble(problem('not_editable'), operatorEn)).toContain('camwall.yaml')
    expect(wallTrouble({ ...noAnswer('x'), code: 'timeout' }, operatorEn)).toBe(operatorEn.troubles.timeout)
    expect(wallTrouble(noAnswer('x'), operatorZhHant)).toBe(operatorZhHant.troubles.no_answer)
    expect(wallTrouble(problem('bad_request', 'columns is 99'), operatorEn)).toBe('columns is 99')
    expect(wallTrouble(problem('bad_request', 'columns is 99'), operatorZhHant)).toBe('Camwall 沒有接受。（columns is 99）')
  })

  it('is said of a camera that was to be turned', () => {
    expect(ptzTrouble(problem('not_supported'), operatorEn)).toBe(operatorEn.ptzTroubles.not_supported)
    expect(ptzTrouble(noAnswer('x'), operatorEn)).toBe(operatorEn.ptzTroubles.no_answer)
    expect(ptzTrouble(problem('dial_timeout', 'no answer from 192.0.2.1'), operatorEn)).toBe('no answer from 192.0.2.1')
  })

  it('is said of a picture that was to be kept', () => {
    const full = { ...problem('storage', 'gate.jpg was not saved: the disk is full'), status: 507, hint: 'free some space, or choose another folder' }
    expect(snapshotTrouble(full, operatorEn)).toBe('gate.jpg was not saved: the disk is full. Free some space, or choose another folder')
    expect(snapshotTrouble(full, operatorZhHant)).toMatch(/^沒有儲存畫面。（.*the disk is full.*）$/)
    expect(snapshotTrouble(noAnswer('x'), operatorEn)).toBe(operatorEn.snapshotNoAnswer)
    expect(snapshotTrouble({ ...problem('internal'), hint: '' }, operatorEn)).toBe(operatorEn.snapshotNotKept)
  })

  it('is said of what can not be saved, and where', () => {
    expect(flawWords({ kind: 'title' }, operatorEn)).toBe(operatorEn.flaws.title)
    expect(flawWords({ kind: 'tiles', page: 1 }, operatorEn)).toBe(`Page 2: ${operatorEn.flaws.tiles}`)
    expect(flawWords({ kind: 'overlap', page: 0, tile: 2 }, operatorEn)).toBe(`Page 1, tile 3: ${operatorEn.flaws.overlap}`)
  })
})

describe('words', () => {
  it('name what a tile shows', () => {
    const names = byId(cameras(2))
    expect(tileWords([], names, operatorEn)).toBe('Empty tile')
    expect(tileWords(['cam2', 'old'], names, operatorEn)).toBe('2 Camera 2, old (no longer there)')
  })

  it.each([[0, ''], [320_000, '320 kbit/s'], [1_440_000, '1.4 Mbit/s'], [-5, '']])('%d bits are %s', (bits, words) => expect(bitsWords(bits, 'en')).toBe(words))

  it('name formats, and why it is not better', () => {
    expect((['jpeg', 'h264', 'h265', ''] as const).map(formatWords)).toEqual(['JPEG', 'H.264', 'H.265', ''])
    expect(whyWords('', operatorEn)).toBe('')
    expect(whyWords('insecure', operatorEn)).toContain('TLS')
  })
})
