import { describe, expect, it } from 'vitest'
import { pictureInfo } from './picture'

const info = (headers: Record<string, string>) => pictureInfo((name) => headers[name] ?? null)

describe('pictureInfo', () => {
  it('takes a picture without our headers for a live one', () => {
    expect(info({})).toEqual({
      state: 'live', reason: '', message: '', since: null, nextTry: null, seq: null, ageMs: 0, unchanged: false, behind: false, size: '',
    })
  })

  it('reads every header', () => {
    expect(info({
      'x-camwall-state': 'retrying',
      'x-camwall-reason': 'dial_timeout',
      'x-camwall-message': '%E6%B2%92%E6%9C%89 from 10.0.0.1',
      'x-camwall-since': '1790000000000',
      'x-camwall-next-try': '1790000002000',
      'x-camwall-seq': '123',
      'x-camwall-age': '12',
      'x-camwall-marks': 'unchanged, behind',
      'x-camwall-size': '640x360',
    })).toEqual({
      state: 'retrying', reason: 'dial_timeout', message: '沒有 from 10.0.0.1', since: 1790000000000, nextTry: 1790000002000,
      seq: 123, ageMs: 12, unchanged: true, behind: true, size: '640x360',
    })
  })

  it('makes nothing of values that it does not understand', () => {
    expect(info({
      'x-camwall-state': 'dancing', 'x-camwall-message': '100%', 'x-camwall-since': 'now', 'x-camwall-next-try': '0',
      'x-camwall-seq': '-1', 'x-camwall-age': 'old', 'x-camwall-marks': 'sparkling', 'x-camwall-size': 'big',
    })).toMatchObject({
      state: 'connecting', message: '100%', since: null, nextTry: null, seq: null, ageMs: 0, unchanged: false, behind: false, size: '',
    })
  })
})
