import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { readMark, ahead } from './mark'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { allMove, waiting } from './tiles'

const nine = numbered('wall', 9)
const longName = 'The gate behind the workshop, seen from the roof of the hall'

let site: Site
let browser: Browser

beforeAll(async () => {
  site = await openSite({ street: ['--wall', '9'], cameras: plain(...nine).map((camera) => ({ ...camera, more: ['unchanged_after: 5s', ...camera.id === 'wall9' ? [`name: "${longName}"`] : []] })) })
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

/** Keeps a picture of the page where somebody wants to look at it. */
const keep = async (page: Page, name: string): Promise<void> => {
  const folder = process.env['CAMWALL_SHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/basic-${name}.png` })
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
    const styles = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, source = '']) => source.replaceAll('&amp;', '&'))
    expect(styles).toHaveLength(2)
    const rest = await Promise.all([...scripts, ...styles].map(async (source) => (await (await fetch(new URL(source, `${site.address}${path}`))).text()).length))
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

  it('follows its wall, and comes back with it', async () => {
    const { page } = browser
    await site.putWall('bas', gridOf(2, 2, ['wall1', 'wall2']))
    await page.goto('about:blank')
    await page.goto(`${site.address}wall/bas?basic`, { waitUntil: 'commit' })
    await Promise.all(['wall1', 'wall2'].map(imageMoves))
    await site.putWall('bas', gridOf(2, 2, ['wall3', 'wall2']))
    await imageMoves('wall3')
    expect(await page.locator('#wall a').allInnerTexts()).toEqual([expect.stringContaining('wall3'), expect.stringContaining('wall2')])
    await site.putWall('bas', gridOf(1, 1, ['wall4']))
    await imageMoves('wall4')
    expect(await page.locator('#wall > div').count()).toBe(1)
    await site.ask('api/v1/walls/bas', { method: 'DELETE' })
    await expect.poll(() => page.locator('.message').textContent().catch(() => ''), waiting).toBe('There is no wall "bas".')
    await site.putWall('bas', gridOf(1, 1, ['wall5']))
    await imageMoves('wall5')
    expect(browser.complaints).toEqual([])
  })

  it('has the cameras of a tile in turn, each with its name', async () => {
    const { page } = browser
    await site.putWall('turns', { columns: 1, rows: 1, pages: [{ tiles: [{ column: 0, row: 0, cameras: ['wall6', 'wall7'], dwell: 4 }] }] })
    await page.goto('about:blank')
    await page.goto(`${site.address}wall/turns?basic`, { waitUntil: 'commit' })
    const seen = (): Promise<string> => page.evaluate(() => `${document.querySelector('#wall img')?.getAttribute('src')?.split('?')[0] ?? ''} ${document.querySelector('#wall span')?.textContent ?? ''}`)
    for (const camera of ['wall6', 'wall7', 'wall6']) await expect.poll(seen, waiting).toMatch(new RegExp(`^/live/${camera} .*${camera}$`))
  })

  it('says in words that a picture does not change, and that it does again', async () => {
    const { page } = browser
    await page.goto('about:blank')
    await page.goto(`${site.address}camera/wall8?basic&lang=zh-Hant`, { waitUntil: 'commit' })
    await imageMoves('wall8')
    await expect.poll(() => page.locator('#wall p').isVisible(), waiting).toBe(false)
    await site.street.fault('wall8', 'frozen')
    await expect.poll(() => page.locator('#wall p.mark').allInnerTexts(), waiting).toEqual([expect.stringMatching(/^畫面已 \d+ 秒沒有變化/)])
    await keep(page, 'unchanged')
    await site.street.fault('wall8', 'clear')
    await expect.poll(() => page.locator('#wall p').isVisible(), waiting).toBe(false)
  })

  it('says why a camera is away, in the language of the page', async () => {
    const { page } = browser
    await page.goto('about:blank')
    await page.goto(`${site.address}wall/four?basic&lang=zh-Hant`, { waitUntil: 'commit' })
    await imageMoves('wall2')
    await site.street.fault('wall2', 'gone')
    await expect.poll(() => page.locator('#wall p.out').allInnerTexts(), waiting).toEqual([expect.stringMatching(/^自 \d\d:\d\d 起離線\s+攝影機.*。/)])
    await keep(page, 'away')
    await page.goto(`${site.address}wall/four?basic&lang=en`, { waitUntil: 'commit' })
    await expect.poll(() => page.locator('#wall p.out').allInnerTexts(), waiting).toEqual([expect.stringMatching(/^Offline since \d\d:\d\d\s+The camera [^.]*\./)])
    expect(await page.locator('#wall p.out').innerText()).not.toContain('..')
    await site.street.fault('wall2', 'clear')
    await expect.poll(() => page.locator('#wall p').filter({ visible: true }).count(), waiting).toBe(0)
  })

  it('says so without a script, too', async () => {
    await site.street.fault('wall3', 'gone')
    await expect.poll(async () => /<p class="out"><b>Offline since \d\d:\d\d<\/b> The camera /.test(await (await fetch(`${site.address}wall/four?basic`)).text()), waiting).toBe(true)
    await site.street.fault('wall3', 'clear')
  })

  it('ends a name that is too long with an ellipsis', async () => {
    const { page } = browser
    await page.goto('about:blank')
    await page.goto(`${site.address}wall/nine?basic`, { waitUntil: 'commit' })
    await imageMoves('wall9')
    const name = page.locator('#wall span').last()
    expect(await name.innerText()).toContain(longName)
    expect(await name.evaluate((el) => [el.scrollWidth > el.clientWidth, getComputedStyle(el).textOverflow, getComputedStyle(el).whiteSpace])).toEqual([true, 'ellipsis', 'nowrap'])
    await keep(page, 'name')
  })

  it('notices that the server has started again, however quickly', async () => {
    const { page } = browser
    await page.goto('about:blank')
    await page.goto(`${site.address}wall/four?basic`, { waitUntil: 'commit' })
    await Promise.all(nine.slice(0, 4).map(imageMoves))
    await site.killServer()
    await site.startAgain()
    await Promise.all(nine.slice(0, 4).map(imageMoves))
    await expect.poll(() => page.locator('body.gone').count(), waiting).toBe(0)
  })
})

describe('the wall', () => {
  it('is less than 150 KB to load for the first time', async () => {
    const { page, context } = browser
    await context.clearCookies()
    const loaded: Promise<number>[] = []
    page.on('requestfinished', (request) => {
      if (/\.(js|css|html|svg)$|\/wall\/four$/.test(new URL(request.url()).pathname)) loaded.push(request.sizes().then(({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize))
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
