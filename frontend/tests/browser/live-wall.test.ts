import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { ages, paintedRate, quantile } from './figures'
import { sample, sampleDuring, wallTiles } from './sampler'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { allMove, canvasOf, moves, shown, sightOf, sights, waiting } from './tiles'

const sixteen = numbered('wall', 16)

let site: Site
let browser: Browser
/** Of every socket that the page has opened. */
const sockets: string[] = []

beforeAll(async () => {
  site = await openSite({
    street: ['--wall', '16'],
    cameras: [...plain(...sixteen), { id: 'cam1', paths: ['cam1/main', 'cam1/sub'] }, { id: 'cam4', paths: ['cam4/main', 'cam4/sub'] }, ...plain('cam2', 'cam3')],
  })
  await site.putWall('sixteen', gridOf(4, 4, sixteen))
  await site.putWall('four', gridOf(2, 2, ['cam1', 'cam4', 'wall1', 'wall2']))
  browser = await openChromium()
  browser.page.on('websocket', (socket) => sockets.push(socket.url()))
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

describe('sixteen tiles of sixteen cameras', () => {
  it('all paint as much as their cameras send, soon after it is sent', async () => {
    const { page } = browser
    await page.goto(`${site.address}wall/sixteen`)
    await expect.poll(() => shown(page), waiting).toEqual(sixteen)
    await allMove(page, sixteen)
    // A machine that builds beside this may be too slow for a moment, not for three.
    await expect.poll(async () => {
      const seen = await sample(page, wallTiles, 4000)
      const sent = await site.street.sent()
      const rates = seen.tracks.map((track) => paintedRate(track, seen))
      const old = seen.tracks.flatMap((track) => ages(track, sent.filter(({ path }) => path === `${track.camera}/main`)))
      const blind = seen.tracks.flatMap((track) => track.blind)
      console.log(`16 tiles: ${Math.min(...rates).toFixed(1)} fps at least, age p50 ${quantile(old, 0.5).toFixed(0)} ms, p95 ${quantile(old, 0.95).toFixed(0)} ms, longest frame ${seen.slowest.toFixed(0)} ms`)
      return { tracks: seen.tracks.length, fast: Math.min(...rates) >= 14, young: quantile(old, 0.95) < 250, blind, many: old.length > 16 * 4 * 12 }
    }, { timeout: 25_000, interval: 1000 }).toEqual({ tracks: 16, fast: true, young: true, blind: [], many: true })
    await expect.poll(async () => (await sights(page)).map(({ state, reduced, text }) => [state, reduced, /behind/.test(text)]), waiting).toEqual(sixteen.map(() => ['live', false, false]))
  })

  it('need one connection, and the API answers beside it', async () => {
    const { page, asked } = browser
    expect(sockets).toEqual([`${site.address.replace('http', 'ws')}ws/live`])
    expect(asked.filter((address) => address.includes('/live/'))).toEqual([])
    const ask = (): Promise<number[]> => page.evaluate(async () => {
      const times: number[] = []
      for (let turn = 0; turn < 20; turn++) {
        const begun = performance.now()
        const answer = await fetch('/api/v1/cameras', { cache: 'no-store' })
        await answer.text()
        times.push(performance.now() - begun)
      }
      return times
    })
    await expect.poll(async () => {
      const times = await ask()
      console.log(`API beside 16 tiles: p50 ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms`)
      return quantile(times, 0.9)
    }, { timeout: 25_000, interval: 1000 }).toBeLessThan(100)
  })

  it('come as H.264, which the server does not decode', async () => {
    const { page } = browser
    const formats = async (): Promise<string[]> => [...new Set((await sights(page)).map(({ format }) => format))]
    await page.keyboard.press('i')
    await expect.poll(formats, waiting).toEqual(['h264'])
    await page.goto(`${site.address}wall/sixteen?format=jpeg`)
    await allMove(page, sixteen)
    await page.keyboard.press('i')
    await expect.poll(formats, waiting).toEqual(['jpeg'])
  })
})

describe.each(['auto', 'jpeg'])('enlarging and going back (%s)', (format) => {
  it.each(['cam1', 'cam4', 'wall1'])('never leaves %s without a picture', async (camera) => {
    const { page } = browser
    await page.goto(`${site.address}?panels=4&format=${format}`)
    await page.goto(`${site.address}wall/four?format=${format}`)
    await allMove(page, ['cam1', 'cam4', 'wall1', 'wall2'])
    const width = (): Promise<number> => page.$eval(canvasOf(camera), (canvas) => canvas.getBoundingClientRect().width)
    const before = await width()
    const looking = { ...wallTiles, cameras: [camera] }
    const seen = await sampleDuring(page, looking, async () => {
      for (let turn = 0; turn < 2; turn++) {
        await page.locator(canvasOf(camera)).dblclick()
        await expect.poll(width, waiting).toBeGreaterThan(before * 1.8)
        await moves(page, camera)
        await expect.poll(async () => (await sightOf(page, camera))?.state, waiting).toBe('live')
        // Long enough for the larger stream to come.
        await sleep(1500)
        await page.keyboard.press('Escape')
        await expect.poll(width, waiting).toBeLessThan(before * 1.1)
        await moves(page, camera)
        await sleep(1000)
      }
    })
    const [track] = seen.tracks
    // Many a second, also where there are few frames in one.
    expect(track?.samples).toBeGreaterThan(50)
    expect(track?.blind).toEqual([])
    expect(await shown(page)).toEqual(['cam1', 'cam4', 'wall1', 'wall2'])
    // The others come back with their pictures, too.
    await allMove(page, ['cam1', 'cam4', 'wall1', 'wall2'])
  })
})

describe('the page', () => {
  it('asks no other host and breaks no policy', () => {
    expect(browser.asked.filter((address) => !address.startsWith(site.address) && !/^(blob|data):/.test(address))).toEqual([])
    expect(new Set(sockets)).toEqual(new Set([`${site.address.replace('http', 'ws')}ws/live`]))
    expect(browser.complaints).toEqual([])
  })
})

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds) })
