import { describe, expect, it } from 'vitest'
import { noFigures } from '../lib/live/watch'
import { decodeStatus } from '../lib/live/status'
import type { Link, TileSight } from '../lib/live/client'
import { wordsOf } from './words'

const now = 1_700_000_000_000
const up: Link = { kind: 'up', since: 0 }

function sight(state: string, but: Partial<TileSight> = {}, status: Readonly<Record<string, unknown>> = {}): TileSight {
  return {
    phase: 'told', status: decodeStatus({ state, fps: 25, ...status }, (date) => date, now), refusal: null, pictureTime: now - 100, live: state === 'live',
    unchangedSince: null, reduced: '', figures: noFigures, ...but,
  }
}

const said = (one: TileSight, link: Link = up, begun = 0) => wordsOf(one, link, begun, now)

describe('wordsOf', () => {
  it('says nothing while all is well', () => {
    expect(said(sight('live'))).toEqual({ words: '', dim: '' })
    expect(said(sight('live', {}, { fps: 1 }))).toEqual({ words: '', dim: '' })
  })

  it.each<[string, TileSight, string, string]>([
    ['old picture of a live camera', sight('live', { pictureTime: now - 4200 }), 'No picture for 4 s.', 'grey'],
    ['picture of before', sight('live', { live: false }), '', 'soft'],
    ['behind', sight('live', {}, { behind: 2400 }), '2.4 s behind', ''],
    ['unchanged', sight('live', { unchangedSince: now - 130_000 }), 'Unchanged for 2 min', ''],
    ['slow link', sight('live', { reduced: 'link' }), 'Reduced: slow link', ''],
    ['slow screen', sight('live', { reduced: 'screen' }), 'Reduced: slow screen', ''],
    ['silent', sight('silent', { pictureTime: now - 5000 }), 'No picture for 5 s.', 'grey'],
    ['silent, never seen', sight('silent', { pictureTime: null }, { since: now - 7000 }), 'No picture for 7 s.', 'grey'],
    ['away', sight('retrying', {}, { message: 'no answer' }), 'Offline. no answer.', 'grey'],
    ['refused by the camera', sight('unauthorized'), 'The camera refuses the password.', 'grey'],
    ['busy', sight('busy'), 'The camera serves no more viewers.', 'grey'],
    ['off', sight('disabled'), 'Switched off.', 'grey'],
    ['connecting', sight('connecting'), 'Connecting...', 'soft'],
    ['not asked yet', sight('idle'), 'Connecting...', 'soft'],
    ['stopped', sight('live', { phase: 'stopped' }), 'Stopped.', 'soft'],
    ['no such camera', sight('live', { phase: 'refused', refusal: { status: 404, code: 'not_found', message: 'there is no camera "x"', hint: '' } }), 'there is no camera "x".', 'grey'],
    ['nothing heard', sight('live', { phase: 'waiting', status: null }), 'Connecting...', 'soft'],
  ])('%s', (_, one, words, dim) => {
    expect(said(one)).toEqual({ words, dim })
  })

  it('is patient for a second', () => {
    expect(said(sight('connecting'), up, now - 500).words).toBe('')
  })

  it('names the time of day since when it is away', () => {
    expect(said(sight('retrying', {}, { since: now })).words).toMatch(/^Offline since \d\d:\d\d\.$/)
  })

  it('waits for a slow camera', () => {
    expect(said(sight('live', { pictureTime: now - 4200 }, { fps: 0.5 })).dim).toBe('')
    expect(said(sight('live', { pictureTime: now - 9000 }, { fps: 0.5 })).dim).toBe('grey')
  })

  it('believes nothing without a server', () => {
    const down = (message: string): Link => ({ kind: 'down', since: 0, nextTry: null, message })
    expect(said(sight('live'), down(''))).toEqual({ words: 'The server does not answer.', dim: 'grey' })
    expect(said(sight('live'), down('the server is stopping')).words).toBe('the server is stopping.')
  })
})
