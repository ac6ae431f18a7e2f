import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { readMark, ahead } from './mark'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { allMove, waiting } from './tiles'

const nine = numbered('wall', 9)

let site: Site
let browser: Browser

beforeAll(async () => {
  site = await openSite({ street: ['--wall', '9'], cameras: plain(...nine) })
  await site.putWall('four', gridOf(2, 2, nine))
  await site.putWall('nine', gridOf(3, 3, nine))
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

const imageMoves = async (camera: string): Promise<void> => {
  const mark = (): Promise<number | null> => readMark(browser.page, `img[src*="/live/${camera}?"], img[src*="/live/${camera}.jpg"]`)
  await expect.poll(mark, waiting).not.toBeNull()
  const first = await mark() ?? 0
  await expect.poll(async () => ahead(first, await mark() ?? first), { ...waiting, message: `${camera} moves` }).toBeGreaterThan(2)
}

/** The brightest of a picture's mark, 0 to 255: a picture that is drawn for a camera that is away is its last one, darkened. */
const brightest = (): Promise<number> => browser.page.evaluate(() => {
  const [img] = document.getElementsByTagName('img')
  const copy = document.createElement('canvas')
  copy.width = 160
  copy.height = 90
  const context = copy.getContext('2d')
  if (img === undefined || context === null) return 255
  context.drawImage(img, 0, 0, copy.width, copy.height)
  return Math.max(...context.getImageData(50, 5, 60, 6).data.filter((_, index) => index % 4 === 1))
})

describe('the basic page', () => {
  it.each(['wall/four?basic', 'wall/nine?basic', 'camera/wall1?basic', '?basic'])('%s is small and plain', async (path) => {
    const page = await fetch(`${site.address}${path}`)
    const text = await page.text()
    expect([page.status, page.headers.get('Content-Type')?.split(';')[0]]).toEqual([200, 'text/html'])
    const scripts = [...text.matchAll(/<script\b[^>]*src="([^"]+)"/g)].map(([, source = '']) => source)
    const rest = await Promise.all(scripts.map(async (source) => (await (await fetch(new URL(source, `${site.address}${path}`))).text()).length))
    expect(text.length + rest.reduce((sum, length) => sum + length, 0)).toBeLessThan(30_000)
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|type="module"|https?:\/\//)
    expect(text.match(/<img/g)?.length).toBeGreaterThan(0)
  })

  it('moves with four tiles, and with nine, on less than six connections', async () => {
    const { page } = browser
    await page.goto(`${site.address}wall/four?basic`, { waitUntil: 'commit' })
    await Promise.all(nine.slice(0, 4).map(imageMoves))
    await page.goto('about:blank')
    await page.goto(`${site.address}wall/nine?basic`, { waitUntil: 'commit' })
    await Promise.all(nine.map(imageMoves))
    expect(browser.complaints).toEqual([])
  })

  it('shows drawn words when a camera is gone, and its pictures again', async () => {
    const { page } = browser
    await page.goto('about:blank')
    await page.goto(`${site.address}camera/wall1?basic`, { waitUntil: 'commit' })
    await imageMoves('wall1')
    await site.street.fault('wall1', 'gone')
    await expect.poll(brightest, waiting).toBeLessThan(150)
    await site.street.fault('wall1', 'clear')
    await expect.poll(brightest, waiting).toBeGreaterThan(200)
    await imageMoves('wall1')
  })
})

describe('the wall', () => {
  it('is less than 150 KB to load for the first time', async () => {
    const { page, context } = browser
    await context.clearCookies()
    const loaded: Promise<number>[] = []
    page.on('response', (response) => {
      if (/\.(js|css|html|svg)$|\/wall\/four$/.test(new URL(response.url()).pathname)) loaded.push(response.body().then((body) => gzipSync(body, { level: 6 }).length, () => 0))
    })
    await page.goto('about:blank')
    await page.goto(`${site.address}wall/four`)
    await allMove(page, nine.slice(0, 4))
    const total = (await Promise.all(loaded)).reduce((sum, size) => sum + size, 0)
    console.log(`first load: ${loaded.length} files, ${total} bytes`)
    expect(loaded.length).toBeGreaterThan(2)
    expect(total).toBeLessThan(150_000)
  })
})
