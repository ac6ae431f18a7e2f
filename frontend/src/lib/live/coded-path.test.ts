import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { caption, heard } from '../../testing/captions'
import { deltaUnit, fakeWebCodecs, keyUnit, type FakeWebCodecs } from '../../testing/video-decoder'
import { CodedPath } from './coded-path'

let codecs: FakeWebCodecs
let out: ReturnType<typeof heard>
let failed: string[]
let looked: number[]
let now: number
let path: CodedPath

beforeEach(() => {
  codecs = fakeWebCodecs('avc1')
  out = heard()
  failed = []
  looked = []
  now = 0
  path = new CodedPath({
    codec: 'h264', videoDecoder: codecs.VideoDecoder, now: () => now, out, copier: null,
    onFrame: (_, { seq }) => looked.push(seq), onFailed: (why) => failed.push(why),
  })
})
afterEach(() => void vi.unstubAllGlobals())

function key(seq: number, but = {}): void {
  path.take(caption(seq, { codec: 'h264', receivedAt: now, ...but }), keyUnit)
}

function delta(seq: number, but = {}): void {
  path.take(caption(seq, { codec: 'h264', key: false, receivedAt: now, ...but }), deltaUnit)
}

describe('CodedPath', () => {
  it('begins with a key unit, and says what it is', () => {
    delta(1)
    expect(out.said).toEqual(['passed 1'])
    expect(codecs.decoders).toHaveLength(0)
    key(2)
    delta(3)
    expect(codecs.decoder().configured).toEqual([{ codec: 'avc1.4D401F', optimizeForLatency: true }])
    expect(codecs.decoder().chunks.map(({ type }) => type)).toEqual(['key', 'delta'])
    codecs.decoder().outputAll()
    expect(out.said).toEqual(['passed 1', 'ready 2', 'ready 3'])
    expect(looked).toEqual([2, 3])
    key(4)
    expect(codecs.decoder().configured).toHaveLength(1)
  })

  it('decodes what it catches up with, and shows none of it', () => {
    key(1, { catchingUp: true })
    for (const seq of [2, 3]) delta(seq, { catchingUp: true })
    delta(4)
    codecs.decoder().outputAll()
    expect(out.said).toEqual(['passed 1', 'passed 2', 'passed 3', 'ready 4'])
    expect(codecs.open).toBe(1)
    out.pictures[0]?.release()
    expect(codecs.open).toBe(0)
  })

  it('tells pictures apart whose times are not known, or are alike', () => {
    key(1, { arrived: 0 })
    delta(2, { arrived: 0 })
    delta(3, { arrived: 5 })
    delta(4, { arrived: 5 })
    const stamps = codecs.decoder().chunks.map(({ timestamp }) => timestamp)
    expect(new Set(stamps).size).toBe(4)
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b))
    codecs.decoder().outputAll()
    expect(out.said).toEqual(['ready 1', 'ready 2', 'ready 3', 'ready 4'])
  })

  it('follows an order of display that is not that of the units', () => {
    key(1)
    for (const seq of [2, 3]) delta(seq)
    codecs.decoder().output(0)
    codecs.decoder().output(1)
    codecs.decoder().output(0)
    expect(out.said).toEqual(['ready 1', 'ready 3', 'ready 2'])
  })

  it('does not stop a stream whose decoder gives pictures out late, and learns that', () => {
    key(1)
    delta(2)
    path.tick(100)
    expect(out.said).toEqual([])
    path.tick(150)
    expect(out.said).toEqual(['held 1', 'held 2'])
    now = 160
    delta(3)
    codecs.decoder().output()
    // From now on the next two count as gone through with each that comes out.
    expect(out.said.slice(2)).toEqual(['held 2', 'held 3', 'ready 1'])
  })

  it('waits for a decoder that is busy', () => {
    key(1)
    codecs.decoder().decodeQueueSize = 1
    path.tick(1000)
    expect(out.said).toEqual([])
  })

  it('gives up on units that never come out', () => {
    key(1)
    for (let seq = 2; seq < 40; seq++) delta(seq)
    codecs.decoder().output(37)
    expect(out.said).toEqual(['passed 1', 'passed 2', 'passed 3', 'passed 4', 'passed 5', 'ready 38'])
  })

  it.each([['EncodingError', 'error'], ['NotSupportedError', 'unsupported']])('tells of a decoder that fails: %s', (name, why) => {
    key(1)
    codecs.decoder().fail(name)
    expect(failed).toEqual([why])
    delta(2)
    expect(out.said).toEqual(['passed 2'])
  })

  it('tells of a decoder that takes nothing', () => {
    key(1)
    codecs.decoder().state = 'closed'
    delta(2)
    expect(failed).toEqual(['error'])
  })

  it('tells of a configuration that is refused at once', () => {
    vi.spyOn(codecs.VideoDecoder.prototype, 'configure').mockImplementation(() => {
      throw new TypeError('no such codec')
    })
    key(1)
    expect(failed).toEqual(['unsupported'])
    expect(codecs.decoder().state).toBe('closed')
  })

  it('is slow when pictures take too long for some seconds', () => {
    key(1)
    now = 500
    codecs.decoder().outputAll()
    path.tick(500)
    expect(path.slow).toBe(false)
    path.tick(3500)
    expect(path.slow).toBe(true)
    for (let seq = 2; seq < 20; seq++) {
      delta(seq)
      codecs.decoder().outputAll()
    }
    path.tick(3600)
    expect(path.slow).toBe(false)
    codecs.decoder().decodeQueueSize = 9
    path.tick(3700)
    path.tick(6700)
    expect(path.slow).toBe(true)
  })

  it('says nothing once closed, and closes what still comes out', () => {
    key(1)
    delta(2)
    const decoder = codecs.decoder()
    path.close()
    path.close()
    expect(decoder.state).toBe('closed')
    decoder.outputAll()
    decoder.fail()
    expect(out.said).toEqual([])
    expect(failed).toEqual([])
    expect(codecs.open).toBe(0)
  })

  it('tells of a decoder that takes units and gives nothing', () => {
    key(1)
    for (let seq = 2; seq < 17; seq++) delta(seq)
    // So many may be what a stream needs.
    for (; now <= 10_000; now += 250) path.tick(now)
    expect(failed).toEqual([])
    delta(17)
    for (; now <= 14_000; now += 250) path.tick(now)
    expect(failed).toEqual(['error'])
  })

  it('gives a decoder three seconds for what it owes, awake ones', () => {
    key(1)
    for (let seq = 2; seq < 30; seq++) delta(seq)
    path.tick(0)
    path.tick(60_000)
    path.tick(61_999)
    expect(failed).toEqual([])
    path.tick(62_999)
    expect(failed).toEqual(['error'])
    expect(codecs.decoder().state).toBe('closed')
  })

  it('notices a decoder that stops in the middle, however slow the camera is', () => {
    key(1)
    codecs.decoder().output()
    for (let seq = 2; failed.length === 0 && seq < 100; seq++) {
      now += 1000
      delta(seq)
      for (const ms of [0, 250, 500, 750]) path.tick(now + ms)
    }
    expect(failed).toEqual(['error'])
    // 4 s pass before it owes anything, 3 s more before that counts.
    expect(now).toBeLessThanOrEqual(8000)
  })

  it('does not call a decoder slow that holds a unit of a slow camera', () => {
    key(1)
    for (let seq = 2; seq < 20; seq++) {
      for (const ms of [250, 500, 750]) path.tick(now + ms)
      now += 1000
      delta(seq)
      codecs.decoder().output()
      expect(path.slow).toBe(false)
    }
    expect(out.said.filter((word) => word.startsWith('ready'))).toHaveLength(18)
    expect(path.heldMs).toBe(1000)
  })
})
