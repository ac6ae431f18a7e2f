import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { jsonMessage, pictureMessage } from '../../testing/live-server'
import { LiveStage, state } from '../../testing/live-stage'
import { testWorld } from '../../testing/live-world'
import { fakeWebCodecs, keyUnit } from '../../testing/video-decoder'

let stage: LiveStage

beforeEach(async () => {
  stage = await LiveStage.build()
})
afterEach(async () => {
  await stage.close()
  vi.unstubAllGlobals()
})

/** A tile of a browser that decodes H.264; the camera is live. */
async function codedTile() {
  const codecs = fakeWebCodecs('avc1')
  stage.test = testWorld({ ...stage.test.world, videoDecoder: codecs.VideoDecoder })
  const frames: (() => void)[] = []
  stage.test = testWorld({ ...stage.test.world, frame: (callback) => frames.push(callback) })
  stage.test = { ...stage.test, paint: () => frames.splice(0).forEach((callback) => callback()) }
  stage.start()
  const { watch } = stage.watch()
  const { tile: id } = await stage.told('watch')
  const { viewer } = stage
  viewer.send(state(id, { format: 'h264', fps: 25 }))
  const key = (seq: number): void => viewer.send(pictureMessage({ tile: Number(id), seq, codec: 2, data: keyUnit, arrived: 1000 }))
  return { codecs, watch, id, key }
}

/** Time passes three times as fast, and the server says something all the time. */
function hasten(): ReturnType<typeof setInterval> {
  let skew = 0
  stage.test = testWorld({ now: () => performance.now() + skew })
  return setInterval(() => {
    skew += 120
    stage.server.viewers.at(-1)?.send(jsonMessage({ type: 'pong' }))
  }, 50)
}

/** Waits until so many milliseconds of the stage's clock are over. */
async function passed(milliseconds: number): Promise<void> {
  const { world } = stage.test
  const until = world.now() + milliseconds
  await vi.waitFor(() => expect(world.now()).toBeGreaterThan(until), { timeout: 8000 })
}

describe('Tile', () => {
  it('calls nothing live that is not', async () => {
    const { watch: tile, viewer, id, picture } = await stage.live()
    const time = tile.sight.pictureTime
    viewer.send(state(id, { state: 'retrying', reason: 'dial_timeout', message: 'no answer', nextTry: Date.now() + 2000, reduced: 'link' }))
    await vi.waitFor(() => expect(tile.sight).toMatchObject({ live: false, pictureTime: time, reduced: 'link', status: { state: 'retrying', message: 'no answer' } }))
    expect(Math.abs((tile.sight.status?.nextTry ?? 0) - Date.now() - 2000)).toBeLessThan(500)
    // Live again, but what is painted is still of before.
    viewer.send(state(id))
    await vi.waitFor(() => expect(tile.sight.status?.state).toBe('live'))
    expect(tile.sight.live).toBe(false)
    picture(2)
    await stage.painted(() => {
      expect(tile.sight.live).toBe(true)
    })
  })

  it('shows the last picture of a camera that is away, with its age', async () => {
    stage.start()
    const tile = stage.watch()
    const { tile: id } = await stage.told('watch')
    const { viewer } = stage
    viewer.send(state(id, { state: 'retrying' }))
    // Its clock began at 1000 when it said hello: this came from the camera 60 s before.
    viewer.send(pictureMessage({ tile: Number(id), seq: 1, flags: 9, arrived: 1000 - 60_000 + 0.5 }))
    await stage.painted(() => {
      expect(tile.watch.sight.pictureTime).not.toBeNull()
    })
    expect(tile.watch.sight).toMatchObject({ live: false, figures: { delayMs: 0 } })
  })

  it('tells of a refusal, and of its end', async () => {
    stage.start()
    const tile = stage.watch({ camera: 'nobody' })
    const { tile: id } = await stage.told('watch')
    const { viewer } = stage
    viewer.send(jsonMessage({ type: 'refused', tile: id, status: 404, code: 'not_found', message: 'there is no camera "nobody"', hint: 'look' }))
    await vi.waitFor(() => expect(tile.watch.sight).toMatchObject({ phase: 'refused', refusal: { status: 404, code: 'not_found', hint: 'look' } }))
    viewer.send(state(id, { camera: 'nobody' }))
    await vi.waitFor(() => expect(tile.watch.sight).toMatchObject({ phase: 'told', refusal: null }))
  })

  it('changes what it wants, and tells only that', async () => {
    const { watch: tile } = await stage.live()
    tile.change({ fit: 'cover', fps: 5 })
    expect(await stage.told('change')).toEqual({ type: 'change', tile: 1, fit: 'cover', fps: 5 })
    tile.change({ fit: 'cover' })
    tile.setView({ x: 0, y: 0, width: 0.5, height: 0.25 })
    expect(await stage.told('change', 2)).toEqual({ type: 'change', tile: 1, width: 1280, height: 1440 })
    tile.change({ prefer: 'jpeg' })
    tile.resize({ width: 100, height: 50 })
    tile.resize({ width: 110, height: 50 })
    tile.resize({ width: 120, height: 4 })
    expect(await stage.told('change', 3)).toEqual({ type: 'change', tile: 1, width: 240, height: 16 })
    expect(stage.commands('change')).toHaveLength(3)
  })

  it('does not take the picture of one camera for that of another', async () => {
    const { watch: tile, viewer, id, picture } = await stage.live()
    tile.change({ camera: 'yard' })
    expect(tile.sight).toMatchObject({ phase: 'waiting', live: false, status: null, pictureTime: null })
    viewer.send(state(id))
    picture(2)
    await stage.painted(() => {
      expect(stage.commands('ack').at(-1)?.['tiles']).toEqual([[id, 2, 2]])
    })
    expect(tile.sight).toMatchObject({ phase: 'waiting', live: false, status: null, pictureTime: null })
    viewer.send(state(id, { camera: 'Yard', source: 2 }))
    picture(3, { source: 2 })
    await stage.painted(() => {
      expect(tile.sight).toMatchObject({ phase: 'told', live: true, status: { camera: 'Yard' } })
    })
  })

  it('stops and starts, and keeps the picture and its age', async () => {
    const { watch: tile, id } = await stage.live()
    const time = tile.sight.pictureTime
    tile.stop()
    tile.stop()
    expect(tile.sight).toMatchObject({ phase: 'stopped', live: false, pictureTime: time })
    expect(await stage.told('unwatch')).toEqual({ type: 'unwatch', tile: id })
    tile.change({ fps: 1 })
    tile.start()
    expect(tile.sight.phase).toBe('waiting')
    expect(await stage.told('watch', 2)).toMatchObject({ tile: id + 1, fps: 1 })
    tile.close()
    tile.close()
    tile.start()
    tile.change({ fps: 2 })
    await stage.told('unwatch', 2)
    expect(stage.commands('watch')).toHaveLength(2)
    expect(stage.test.bitmaps.open).toBe(0)
  })

  it('rests while nobody looks', async () => {
    const { watch: tile, picture, id } = await stage.live()
    stage.client.rest(true)
    stage.client.rest(true)
    expect(tile.sight.live).toBe(false)
    await stage.told('pause')
    // One that was under way.
    picture(2)
    await stage.painted(() => {
      expect(stage.commands('ack').at(-1)?.['tiles']).toEqual([[id, 2, 2]])
    })
    expect(tile.sight.live).toBe(false)
    stage.client.rest(false)
    await stage.told('resume')
    expect(tile.sight.live).toBe(false)
    picture(3)
    await stage.painted(() => {
      expect(tile.sight.live).toBe(true)
    })
    expect(stage.commands('pause')).toHaveLength(1)
    expect(stage.commands('restart')).toHaveLength(0)
  })

  it('decodes H.264 where it can, reports what it sees, and falls back to JPEG by itself', async () => {
    const codecs = fakeWebCodecs('avc1')
    stage.test = testWorld({ videoDecoder: codecs.VideoDecoder })
    stage.start()
    const tile = stage.watch()
    const { tile: id, formats } = await stage.told('watch')
    expect(formats).toEqual(['h264', 'jpeg'])
    const { viewer } = stage
    viewer.send(state(id, { format: 'h264', unchangedAfter: 60 }))
    for (let seq = 1; seq < 4; seq++) {
      viewer.send(pictureMessage({ tile: Number(id), seq, codec: 2, data: keyUnit, arrived: 1000 }))
      await vi.waitFor(() => expect(codecs.decoders).toHaveLength(seq))
      if (seq === 1) {
        codecs.decoder().outputAll()
        stage.test.paint()
        expect(tile.watch.sight).toMatchObject({ live: true, figures: { format: 'h264', decoder: 'WebCodecs', why: '' } })
        expect(await stage.told('report')).toMatchObject({ tile: id, unchangedSince: null })
      }
      codecs.decoder().fail()
      if (seq < 3) await stage.told('restart', seq)
    }
    expect(await stage.told('change')).toEqual({ type: 'change', tile: id, formats: ['jpeg'] })
    await vi.waitFor(() => expect(tile.watch.sight.figures.why).toBe('error'))
    stage.client.rest(true)
    stage.client.rest(false)
    await stage.told('resume')
    expect(stage.commands('restart')).toHaveLength(2)
    tile.watch.close()
    expect(codecs.open).toBe(0)
    vi.unstubAllGlobals()
  })

  it('takes JPEG at once when the server says so and half of the pictures are late', async () => {
    const { codecs, watch, id, key } = await codedTile()
    await passed(300)
    key(1) // came when the server said hello
    await vi.waitFor(() => expect(codecs.decoders).toHaveLength(1))
    codecs.decoder().outputAll()
    await stage.painted(() => expect(watch.sight.figures.delayMs).toBeGreaterThan(250))
    expect(stage.commands('change')).toHaveLength(0)
    stage.viewer.send(state(id, { format: 'h264', fps: 25, reduced: 'screen' }))
    expect(await stage.told('change')).toEqual({ type: 'change', tile: id, formats: ['jpeg'] })
  })

  it('says why the server sends JPEG', async () => {
    stage.test = testWorld({ videoDecoder: fakeWebCodecs('avc1').VideoDecoder })
    const { watch: tile, viewer, id } = await stage.live()
    viewer.send(state(id, { why: 'codec' }))
    await vi.waitFor(() => expect(tile.sight.figures.why).toBe('codec'))
    vi.unstubAllGlobals()
  })

  it('asks for a key unit again no sooner than the server listens', async () => {
    const { codecs, id, key } = await codedTile()
    key(1)
    await vi.waitFor(() => expect(codecs.decoders).toHaveLength(1))
    codecs.decoder().fail()
    await stage.told('restart')
    const first = performance.now()
    key(2)
    await vi.waitFor(() => expect(codecs.decoders).toHaveLength(2))
    codecs.decoder().fail()
    expect(await stage.told('restart', 2)).toEqual({ type: 'restart', tile: id })
    expect(performance.now() - first).toBeGreaterThan(500)
  })

  it('helps a tile that should move and does not: a restart first, then a new watch; its sound goes on', async () => {
    const hurry = hasten()
    const { codecs, watch, id, key } = await codedTile()
    watch.sound(true)
    key(1)
    await vi.waitFor(() => expect(codecs.decoders).toHaveLength(1))
    codecs.decoder().outputAll()
    await stage.painted(() => expect(watch.sight.live).toBe(true))
    expect(stage.commands('restart')).toHaveLength(0)
    await stage.told('restart')
    expect(stage.commands('unwatch')).toHaveLength(0)
    // A person who asks now gets another connection; here the tile helps itself.
    expect(await stage.told('watch', 2)).toMatchObject({ tile: Number(id) + 1, camera: 'gate' })
    expect(stage.commands('unwatch')).toEqual([{ type: 'unwatch', tile: id }])
    await vi.waitFor(() => expect(stage.commands('sound').at(-1)).toEqual({ type: 'sound', tile: Number(id) + 1 }))
    expect(stage.server.viewers).toHaveLength(1)
    clearInterval(hurry)
  }, 15_000)

  it('leaves alone what rests, what is stopped, and what waits for the screen', async () => {
    const hurry = hasten()
    const { watch: tile, picture } = await stage.live()
    picture(2)
    // Nobody paints.
    await passed(11_000)
    expect(stage.commands('watch')).toHaveLength(1)
    stage.client.rest(true)
    await passed(11_000)
    tile.stop()
    expect(stage.commands('watch')).toHaveLength(1)
    clearInterval(hurry)
  }, 15_000)

  it('lets a person end a connection that brings no pictures', async () => {
    const hurry = hasten()
    await stage.live()
    await vi.waitFor(() => {
      stage.client.askNow()
      expect(stage.server.viewers).toHaveLength(2)
    }, { timeout: 5000 })
    clearInterval(hurry)
  }, 15_000)
})
