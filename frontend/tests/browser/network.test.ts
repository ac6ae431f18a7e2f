import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { ages, paintedRate, quantile } from './figures'
import { startProxy, type Proxy } from './proxy'
import { sample, wallTiles } from './sampler'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { allMove, sights, waiting } from './tiles'

const nine = numbered('wall', 9)
const large = ['cam1', 'cam3', 'cam4']

let site: Site
let proxy: Proxy
let browser: Browser

beforeAll(async () => {
  site = await openSite({ street: ['--wall', '9'], cameras: plain(...nine, ...large) })
  await site.putWall('nine', gridOf(3, 3, nine))
  // Nine tiles that ask for more than two megabits a second in every format.
  await site.putWall('heavy', gridOf(3, 3, [...large, ...nine]))
})
beforeEach(async () => {
  proxy = await startProxy(site.server.port)
  browser = await openChromium()
})
afterEach(async () => {
  await browser.close()
  await proxy.close()
})
afterAll(() => site.close())

const states = async (): Promise<string[]> => (await sights(browser.page)).map(({ state }) => state)
const nineTimes = (state: string): string[] => nine.map(() => state)

/** Marks the document, so that one that was loaded anew is told from the one that was there. */
const mark = (): Promise<void> => browser.page.evaluate(() => { Reflect.set(window, 'sameDocument', true) })
const isMarked = (): Promise<boolean> => browser.page.evaluate(() => Reflect.has(window, 'sameDocument'))

/** Lets time pass: there is nothing to wait for. */
const pass = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds) })

describe('the wall', () => {
  it('says that the server is gone, and comes back by itself when that was killed and started again', async () => {
    const { page } = browser
    await page.goto(`${proxy.address}wall/nine`)
    await allMove(page, nine)
    await mark()
    await site.killServer()
    const begun = performance.now()
    await expect.poll(states, waiting).toEqual(nineTimes('gone'))
    expect(performance.now() - begun).toBeLessThan(4000)
    await expect.poll(() => page.getByRole('alert').count(), waiting).toBe(1)
    await pass(3000)
    await site.startAgain()
    await expect.poll(states, waiting).toEqual(nineTimes('live'))
    await allMove(page, nine)
    await expect.poll(() => page.getByRole('alert').count(), waiting).toBe(0)
    // The same page of the same server: nothing was loaded anew.
    expect(await isMarked()).toBe(true)
  })

  it('says so when the network is cut, and comes back by itself', async () => {
    const { page } = browser
    await page.goto(`${proxy.address}wall/nine`)
    await allMove(page, nine)
    proxy.cut()
    const begun = performance.now()
    await expect.poll(async () => (await states()).every((state) => state !== 'live'), waiting).toBe(true)
    expect(performance.now() - begun).toBeLessThan(4500)
    await pass(Number(process.env['CAMWALL_CUT_SECONDS'] ?? 15) * 1000)
    expect((await states()).filter((state) => state === 'live')).toEqual([])
    proxy.restore()
    const restored = performance.now()
    await expect.poll(states, waiting).toEqual(nineTimes('live'))
    await allMove(page, nine)
    console.log(`all live ${(performance.now() - restored).toFixed(0)} ms after the network came back`)
  })

  it('costs nothing while nobody sees it', async () => {
    const { page } = browser
    await page.goto(`${proxy.address}wall/nine`)
    await allMove(page, nine)
    const hide = (hidden: boolean): Promise<void> => page.evaluate((hidden) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') })
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
    await hide(true)
    const perSecond = async (): Promise<number> => {
      const [before, begun] = [proxy.sentBytes(), performance.now()]
      await pass(2000)
      return ((proxy.sentBytes() - before) * 1000) / (performance.now() - begun)
    }
    // States and pongs go on: some hundred bytes a second and tile.
    await expect.poll(perSecond, { timeout: 30_000, interval: 100 }).toBeLessThan(9 * 1000)
    await hide(false)
    await allMove(page, nine)
    await expect.poll(states, waiting).toEqual(nineTimes('live'))
  })
})

/** What a wall shows for five seconds: the pictures a second of its worst tile, and the age in ms that 95 % are below. */
async function measure(page: Page): Promise<{ worst: number, age: number }> {
  const seen = await sample(page, wallTiles, 5000)
  const sent = await site.street.sent()
  const old = seen.tracks.flatMap((track) => ages(track, sent.filter(({ path }) => path === `${track.camera}/main`)))
  return { worst: Math.min(...seen.tracks.map((track) => paintedRate(track, seen))), age: quantile(old, 0.95) }
}

describe.each(['auto', 'jpeg'])('two megabits a second for nine tiles (%s)', (format) => {
  it('keep them young and say that they are reduced, while a viewer beside them loses nothing', async () => {
    const { page } = browser
    await page.goto(`${proxy.address}wall/heavy?format=${format}`)
    // A browser of its own: pages that lie under another one are drawn once a second.
    const other = await openChromium({ width: 640, height: 360 })
    const beside = other.page
    await beside.goto(`${site.address}wall/nine`)
    await allMove(beside, nine)
    await allMove(page, [...large, ...nine].slice(0, 9))
    // What this machine paints of both while nothing is limited is the measure of what it paints then.
    const free = await measure(beside)
    proxy.limit(2_000_000)
    await expect.poll(async () => {
      const [slow, fast] = await Promise.all([measure(page), measure(beside)])
      const told = (await sights(page)).filter(({ text }) => /Reduced: slow link/.test(text)).length
      console.log(`2 Mbit/s, ${format}: ${slow.worst.toFixed(1)} fps, age p95 ${slow.age.toFixed(0)} ms; ${told} say reduced; beside ${fast.worst.toFixed(1)} fps, ${fast.age.toFixed(0)} ms; before ${free.worst.toFixed(1)} fps, ${free.age.toFixed(0)} ms`)
      return {
        young: slow.age < 1000 + Math.max(fast.age, free.age),
        all: slow.worst > 0.3,
        told: told > 0,
        beside: fast.worst >= 0.9 * Math.min(free.worst, 15),
      }
    }, { timeout: 60_000, interval: 100 }).toEqual({ young: true, all: true, told: true, beside: true })
    await other.close()
  })
})
