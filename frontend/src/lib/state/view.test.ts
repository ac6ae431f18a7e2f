import { describe, expect, it } from 'vitest'
import { camera } from '../../testing/cameras'
import { sight, status } from '../../testing/live'
import { cameraStates, type Camera } from '../api/camera'
import type { Status, TileSight } from '../live/client'
import { dimOf, sameView, viewOf, type View, type ViewInput } from './view'

const now = 1_000_000

function view(seen: Partial<TileSight> = {}, but: Partial<ViewInput> = {}): View {
  return viewOf({
    sight: sight('cam1', { pictureTime: now - 40, ...seen }), camera: camera(1), listed: true, hold: null, restsSince: null, serverGone: false, since: now - 500, now, ...but,
  })
}

const told = (but: Partial<Status>, pictureTime: number | null = null): Partial<TileSight> => ({ status: status('cam1', but), pictureTime, live: false })

describe('viewOf', () => {
  it('calls live what the camera sends now', () => {
    expect(view()).toEqual({ kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' })
    expect(view({ unchangedSince: 5, reduced: 'link', status: status('cam1', { behindMs: 2400 }) })).toEqual({ kind: 'live', unchangedSince: 5, behindMs: 2400, reduced: 'link' })
  })

  it('takes the state from the server, whatever the list says', () => {
    expect(view({}, { camera: camera(1, { state: 'retrying' }) }).kind).toBe('live')
    for (const state of cameraStates) {
      if (state !== 'live') expect(view(told({ state })).kind).toBe(state)
    }
  })

  it('hands on reason, message and times', () => {
    const account = { reason: 'refused', message: 'No', since: 5, nextTry: 9 }
    expect(view(told({ state: 'retrying', ...account }))).toEqual({ kind: 'retrying', ...account })
    expect(view(told({ state: 'unauthorized', ...account }))).toEqual({ kind: 'unauthorized', nextTry: 9, message: 'No' })
    expect(view(told({ state: 'busy', ...account }))).toEqual({ kind: 'busy', nextTry: 9, message: 'No' })
  })

  it('counts silence from the last picture', () => {
    expect(view(told({ state: 'silent', since: now - 1000 }, now - 4000))).toEqual({ kind: 'silent', since: now - 4000 })
    expect(view(told({ state: 'silent', since: now - 1000 }))).toEqual({ kind: 'silent', since: now - 1000 })
  })

  it.each<[string, number, Partial<Status>, View['kind']]>([
    ['young', 2999, {}, 'live'],
    ['three seconds old', 3000, {}, 'stale'],
    ['of a slow camera, not older than four of its pictures', 3900, { fps: 1 }, 'live'],
    ['of a slow camera, older than that', 4000, { fps: 1 }, 'stale'],
    ['of which less is sent than the camera has', 3900, { fps: 25, rendition: { width: 320, height: 180, fps: 1, quality: 50 } }, 'live'],
    ['of a camera whose rate is not known', 3000, { fps: 0 }, 'stale'],
  ])('looks at the age of a picture that is %s', (_, ageMs, but, kind) => {
    expect(view({ pictureTime: now - ageMs, status: status('cam1', but) }).kind).toBe(kind)
  })

  it('does not show the picture of before as live when the camera is back', () => {
    expect(view({ live: false, pictureTime: now - 2000, status: status('cam1', { since: now - 100 }) })).toEqual({ kind: 'connecting', since: now - 100 })
    expect(view({ live: false, pictureTime: null, status: status('cam1') })).toEqual({ kind: 'connecting', since: now - 500 })
    expect(view({ live: false, pictureTime: now - 60_000 })).toEqual({ kind: 'stale', since: now - 60_000 })
  })

  it('starts with what the list knows', () => {
    const nothing: Partial<TileSight> = { phase: 'waiting', status: null, pictureTime: null, live: false }
    expect(view(nothing)).toEqual({ kind: 'connecting', since: now - 500 })
    expect(view(nothing, { camera: camera(1, { state: 'unauthorized' }) }).kind).toBe('unauthorized')
    expect(view(nothing, { camera: null, listed: false }).kind).toBe('connecting')
    expect(view({ ...nothing, pictureTime: now - 9000 })).toEqual({ kind: 'stale', since: now - 9000 })
  })

  it('knows a camera that is no longer there', () => {
    const nothing: Partial<TileSight> = { phase: 'waiting', status: null, pictureTime: null }
    expect(view(nothing, { camera: null }).kind).toBe('missing')
    // One that was added a moment ago is shown before the list has it.
    expect(view({}, { camera: null }).kind).toBe('live')
    const refusal = { status: 404, code: 'not_found', message: 'no', hint: '' }
    expect(view({ phase: 'refused', refusal }).kind).toBe('missing')
  })

  it('takes the list for the reason of a picture that is not to be had', () => {
    const refused = (code: number): Partial<TileSight> => ({ phase: 'refused', refusal: { status: code, code: '', message: '', hint: '' } })
    const busy: Camera = camera(1, { state: 'busy' })
    expect(view(refused(503), { camera: busy }).kind).toBe('busy')
    expect(view(refused(503)).kind).toBe('connecting')
    expect(view(refused(429), { camera: busy })).toMatchObject({ kind: 'refused', refusal: { status: 429 } })
  })

  it('shows nothing as live when the server is gone, the page rests or a person holds the tile', () => {
    expect(view({}, { serverGone: true })).toEqual({ kind: 'gone' })
    expect(view({}, { restsSince: 3, serverGone: true })).toEqual({ kind: 'paused', since: 3 })
    expect(view({}, { hold: { kind: 'paused', since: 4 } })).toEqual({ kind: 'paused', since: 4 })
    expect(view({}, { hold: { kind: 'stopped', since: 4 } })).toEqual({ kind: 'stopped', since: 4, pictureTime: now - 40 })
  })
})

describe('sameView', () => {
  it('tells whether anything is to be shown anew', () => {
    expect(sameView(view(), view())).toBe(true)
    expect(sameView(view(), view({ reduced: 'link' }))).toBe(false)
    expect(sameView(view(), { kind: 'gone' })).toBe(false)
  })
})

describe('dimOf', () => {
  it.each<[View, string]>([
    [{ kind: 'live', unchangedSince: 1, behindMs: 1, reduced: 'link' }, 'none'],
    [{ kind: 'connecting', since: 0 }, 'soft'],
    [{ kind: 'idle' }, 'soft'],
    [{ kind: 'paused', since: 0 }, 'soft'],
    [{ kind: 'stopped', since: 0, pictureTime: 0 }, 'soft'],
    [{ kind: 'silent', since: now - 9999 }, 'soft'],
    [{ kind: 'silent', since: now - 10_000 }, 'grey'],
    [{ kind: 'stale', since: now - 3000 }, 'soft'],
    [{ kind: 'stale', since: now - 10_000 }, 'grey'],
    [{ kind: 'retrying', since: null, nextTry: null, reason: '', message: '' }, 'grey'],
    [{ kind: 'unauthorized', nextTry: null, message: '' }, 'grey'],
    [{ kind: 'busy', nextTry: null, message: '' }, 'grey'],
    [{ kind: 'disabled' }, 'grey'],
    [{ kind: 'missing' }, 'grey'],
    [{ kind: 'refused', refusal: { status: 400, code: '', message: '', hint: '' } }, 'grey'],
    [{ kind: 'gone' }, 'grey'],
  ])('%o is %s', (of, dim) => {
    expect(dimOf(of, now)).toBe(dim)
  })
})
