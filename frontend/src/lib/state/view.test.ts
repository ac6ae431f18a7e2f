import { describe, expect, it } from 'vitest'
import { camera } from '../../testing/cameras'
import { cameraStates, type Camera } from '../api/camera'
import { noAnswer } from '../api/result'
import { pictureInfo, type PictureInfo } from '../live/picture'
import { dimOf, viewOf, type Phase, type View } from './view'

const now = 1_000_000

function info(but: Partial<PictureInfo> = {}): PictureInfo {
  return { ...pictureInfo(() => null), ...but }
}

function view(phase: Phase, but: { camera?: Partial<Camera>, serverGone?: boolean, pictureTime?: number | null } = {}): View {
  return viewOf({ phase, camera: camera(1, but.camera), serverGone: but.serverGone ?? false, pictureTime: but.pictureTime ?? null, now })
}

const delivering = (but: Partial<PictureInfo> = {}): Phase => ({ kind: 'delivering', info: info(but) })

describe('viewOf', () => {
  it('takes the state from the newest picture, whatever the list says', () => {
    expect(view(delivering(), { camera: { state: 'retrying' } }).kind).toBe('live')
    for (const state of cameraStates) expect(view(delivering({ state })).kind).toBe(state)
  })

  it('hands on reason, message and times', () => {
    const told = { reason: 'refused', message: 'No', since: 5, nextTry: 9 }
    expect(view(delivering({ state: 'retrying', ...told }))).toEqual({ kind: 'retrying', ...told })
    expect(view(delivering({ state: 'unauthorized', ...told }))).toEqual({ kind: 'unauthorized', nextTry: 9, message: 'No' })
    expect(view(delivering({ state: 'busy', ...told }))).toEqual({ kind: 'busy', nextTry: 9, message: 'No' })
  })

  it('counts silence from the last picture', () => {
    expect(view(delivering({ state: 'silent', since: now - 1000 }), { pictureTime: now - 4000 })).toEqual({ kind: 'silent', since: now - 4000 })
    expect(view(delivering({ state: 'silent', since: now - 1000 }))).toEqual({ kind: 'silent', since: now - 1000 })
  })

  it.each([
    [{}, {}, false, null],
    [{ unchanged: true }, {}, true, null],
    [{}, { unchanged: true, behindMs: 0 }, true, null],
    [{ behind: true }, {}, false, 0],
    [{ behind: true }, { unchanged: false, behindMs: 2400 }, false, 2400],
  ])('joins the marks %o of the picture and %o of the list', (ofPicture, ofList, unchanged, behindMs) => {
    expect(view(delivering(ofPicture), { camera: { marks: { unchanged: false, behindMs: 0, ...ofList } } })).toEqual({ kind: 'live', unchanged, behindMs })
  })

  it('starts with what the list knows', () => {
    expect(view({ kind: 'starting', since: 1 })).toEqual({ kind: 'connecting', since: 1 })
    expect(view({ kind: 'starting', since: 1 }, { camera: { state: 'unauthorized' } }).kind).toBe('unauthorized')
  })

  it('keeps a young picture while a connection is replaced, and calls an old one stale', () => {
    const lost: Phase = { kind: 'lost', since: now - 100 }
    expect(view(lost, { pictureTime: now - 2999 }).kind).toBe('live')
    expect(view(lost, { pictureTime: now - 3000 })).toEqual({ kind: 'stale', since: now - 3000 })
    expect(view(lost)).toEqual({ kind: 'connecting', since: now - 100 })
    expect(view(lost, { pictureTime: now - 9000, camera: { state: 'retrying' } }).kind).toBe('retrying')
  })

  it('takes the list for the reason of a picture that is not to be had', () => {
    const refused: Phase = { kind: 'refused', problem: { ...noAnswer(''), status: 503 } }
    expect(view(refused, { camera: { state: 'busy' } }).kind).toBe('busy')
    expect(view(refused).kind).toBe('connecting')
    const unknown: Phase = { kind: 'refused', problem: { ...noAnswer(''), status: 404 } }
    expect(view(unknown, { camera: { state: 'busy' } })).toMatchObject({ kind: 'refused', problem: { status: 404 } })
  })

  it('shows nothing as live when the server is gone or the page rests', () => {
    expect(view(delivering(), { serverGone: true })).toEqual({ kind: 'gone' })
    expect(view({ kind: 'paused', since: 3 }, { serverGone: true })).toEqual({ kind: 'paused', since: 3 })
  })
})

describe('dimOf', () => {
  it.each<[View, string]>([
    [{ kind: 'live', unchanged: true, behindMs: 1 }, 'none'],
    [{ kind: 'connecting', since: 0 }, 'soft'],
    [{ kind: 'idle' }, 'soft'],
    [{ kind: 'paused', since: 0 }, 'soft'],
    [{ kind: 'silent', since: now - 9999 }, 'soft'],
    [{ kind: 'silent', since: now - 10_000 }, 'grey'],
    [{ kind: 'stale', since: now - 3000 }, 'soft'],
    [{ kind: 'stale', since: now - 10_000 }, 'grey'],
    [{ kind: 'retrying', since: null, nextTry: null, reason: '', message: '' }, 'grey'],
    [{ kind: 'unauthorized', nextTry: null, message: '' }, 'grey'],
    [{ kind: 'busy', nextTry: null, message: '' }, 'grey'],
    [{ kind: 'disabled' }, 'grey'],
    [{ kind: 'refused', problem: noAnswer('') }, 'grey'],
    [{ kind: 'gone' }, 'grey'],
  ])('%o is %s', (of, dim) => {
    expect(dimOf(of, now)).toBe(dim)
  })
})
