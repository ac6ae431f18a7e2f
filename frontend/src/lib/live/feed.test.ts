import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { drawing, testWorld, type TestWorld } from '../../testing/live-world'
import { deltaUnit, fakeWebCodecs, keyUnit, type FakeWebCodecs } from '../../testing/video-decoder'
import { Easel } from './easel'
import { Feed } from './feed'
import type { PictureMessage } from './protocol'
import { Stage } from './stage'
import { decodeStatus } from './status'

let codecs: FakeWebCodecs
let test: TestWorld
let feed: Feed
let easel: Easel
let painted: number[]
let failed: string[]
let seq: number
let drawn: ReturnType<typeof drawing>

beforeEach(() => {
  drawn = drawing()
  codecs = fakeWebCodecs('avc1')
  test = testWorld({ videoDecoder: codecs.VideoDecoder })
  painted = []
  failed = []
  seq = 0
  const canvas = document.createElement('canvas')
  easel = new Easel(canvas, 'fill')
  feed = new Feed({
    world: test.world, easel, stage: new Stage((callback) => test.world.frame(callback), () => undefined),
    onPainted: (caption) => painted.push(caption.seq), onFailed: (why) => failed.push(why), onSettled: () => undefined,
    copies: () => false, ageOf: (arrived) => arrived,
  })
})
afterEach(() => void vi.unstubAllGlobals())

function tell(source: number, but: Readonly<Record<string, unknown>> = {}): void {
  feed.tell(decodeStatus({ type: 'state', camera: 'gate', source, state: 'live', ...but }, (date) => date, 0))
}

function take(but: Partial<PictureMessage> = {}): void {
  feed.take({
    kind: 'picture', codec: 'jpeg', key: true, catchingUp: false, skipped: false, last: false, source: 1, tile: 1, seq: ++seq, arrived: 30, sent: 0,
    data: new Uint8Array([1]), ...but,
  })
}

function coded(but: Partial<PictureMessage> = {}): void {
  take({ codec: 'h264', key: false, data: deltaUnit, ...but })
}

function key(but: Partial<PictureMessage> = {}): void {
  coded({ key: true, data: keyUnit, ...but })
}

/** Lets decoded JPEGs come. */
async function decoded(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve))
}

/** All that was ever made is released but for what hangs. */
function expectNoLeak(hangs: number): void {
  expect(test.bitmaps.open + codecs.open).toBe(hangs)
}

describe('Feed', () => {
  it('paints JPEGs, the newest of each frame', async () => {
    tell(1)
    take()
    await decoded()
    take()
    await decoded()
    test.paint()
    expect(painted).toEqual([2])
    expect(feed.figures).toMatchObject({ size: '640x360', format: 'jpeg', decoder: 'ImageBitmap', dropped: 1, delayMs: 30, delayP95Ms: 30 })
    expect(feed.acks.take()).toEqual([2, 2])
    expectNoLeak(1)
  })

  it('paints coded pictures turned and in the shape of the camera; JPEGs are turned already', async () => {
    tell(1, { rotation: 90, shape: [9, 16] })
    key()
    codecs.decoder().outputAll()
    test.paint()
    expect(drawn.rotate).toHaveBeenCalledOnce()
    tell(2, { rotation: 90, shape: [9, 16] })
    take({ source: 2 })
    await decoded()
    test.paint()
    expect(drawn.rotate).toHaveBeenCalledOnce()
    expect(painted).toEqual([1, 2])
    expect(feed.figures.format).toBe('jpeg')
    expectNoLeak(1)
  })

  it('keeps the old picture until the first of a new source is there', async () => {
    tell(1)
    take()
    await decoded()
    test.paint()
    tell(2)
    key({ source: 2, catchingUp: true })
    coded({ source: 2 })
    test.paint()
    expect(painted).toEqual([1])
    codecs.decoder().outputAll()
    test.paint()
    expect(painted).toEqual([1, 3])
    expect(feed.acks.take()).toEqual([3, 3])
    expectNoLeak(1)
  })

  it('paints what is decoded already when a new source begins', () => {
    tell(1)
    key()
    codecs.decoder().outputAll()
    const old = codecs.decoder()
    tell(2)
    key({ source: 2 })
    expect(old.state).toBe('closed')
    expect(feed.acks.take()).toEqual([2, 0])
    test.paint()
    expect(painted).toEqual([1])
    expect(feed.acks.take()).toEqual([2, 1])
  })

  it('gives the pictures of a decoder back that is not used any more', () => {
    tell(1)
    key()
    coded()
    codecs.decoder().output()
    test.paint()
    expectNoLeak(1)
    codecs.decoder().output()
    feed.interrupt()
    test.paint()
    expect(painted).toEqual([1])
    expectNoLeak(0)
    // What hung is a copy now: another view can still be painted.
    const paints = drawn.drawImage.mock.calls.length
    easel.setView({ x: 0, y: 0, width: 0.5, height: 0.5 })
    expect(drawn.drawImage).toHaveBeenCalledTimes(paints + 1)
    easel.release()
  })

  it('tells of a decoder that fails, and begins anew with the next key unit', () => {
    tell(1)
    key()
    coded()
    codecs.decoder().fail()
    expect(failed).toEqual(['error'])
    expect(feed.acks.take()).toEqual([2, 2])
    coded()
    expect(feed.acks.take()).toEqual([3, 3])
    key()
    codecs.decoder().outputAll()
    test.paint()
    expect(codecs.decoders).toHaveLength(2)
    expect(painted).toEqual([4])
  })

  it('passes over what it has no decoder for', () => {
    take({ codec: null })
    expect(feed.acks.take()).toEqual([1, 1])
    expect(feed.figures.dropped).toBe(1)
  })

  it('goes on after a broken JPEG', async () => {
    tell(1)
    take({ data: new Uint8Array([0]) })
    take()
    await decoded()
    test.paint()
    expect(painted).toEqual([2])
    expectNoLeak(1)
  })

  it('knows the camera of what is painted, and forgets old sources', async () => {
    expect(feed.paintedCamera).toBeNull()
    tell(255, { camera: 'yard' })
    take({ source: 255 })
    await decoded()
    test.paint()
    expect(feed.paintedCamera).toBe('yard')
    for (const source of [0, 1, 2, 3]) tell(source)
    expect(feed.paintedCamera).toBeNull()
  })

  it('counts from the beginning for a new watch', () => {
    tell(1)
    seq = 99
    key()
    feed.acks.take()
    feed.beginAnew()
    seq = 0
    tell(1)
    key()
    expect(feed.acks.take()).toEqual([1, 0])
  })

  it('is too slow when its decoder is', () => {
    tell(1)
    key()
    codecs.decoder().decodeQueueSize = 20
    expect(feed.tick(1000)).toBe(false)
    expect(feed.tick(3999)).toBe(false)
    expect(feed.tick(4000)).toBe(true)
  })

  it('leaves nothing open whatever happens to it', async () => {
    for (let round = 0; round < 200; round++) {
      tell(round & 255)
      if (round % 3 === 0) key({ source: round & 255, catchingUp: round % 2 === 0 })
      else take({ source: round & 255 })
      coded({ source: round & 255 })
      if (round % 3 === 0 && round % 5 !== 0) codecs.decoder().outputAll()
      if (round % 7 === 0 && codecs.decoder().state === 'configured') codecs.decoder().fail()
      if (round % 2 === 0) await decoded()
      if (round % 4 !== 0) test.paint()
      if (round % 11 === 0) feed.interrupt()
      if (round % 31 === 0) feed.beginAnew()
    }
    feed.beginAnew()
    easel.release()
    await decoded()
    expectNoLeak(0)
    expect(codecs.frames).toBeGreaterThan(40)
    expect(test.bitmaps.made).toBeGreaterThan(50)
    expect(codecs.decoders.filter(({ state }) => state === 'configured')).toEqual([])
  })

  it('makes way for the next when a picture cannot be drawn', async () => {
    tell(1)
    drawn.drawImage.mockImplementationOnce(() => {
      throw new DOMException('detached', 'InvalidStateError')
    })
    take()
    await decoded()
    expect(feed.waitsForScreen).toBe(true)
    test.paint()
    expect([painted, feed.waitsForScreen, feed.acks.take()]).toEqual([[], false, [1, 1]])
    take()
    await decoded()
    test.paint()
    expect([painted, feed.acks.take()]).toEqual([[2], [2, 2]])
    expectNoLeak(1)
  })
})
