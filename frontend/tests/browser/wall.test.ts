import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { ahead, readMark } from './mark'
import { startServer, type RunningServer } from './server'
import { allMove, canvasOf, moves, shown, sights, waiting } from './tiles'

let server: RunningServer
let browser: Browser

beforeAll(async () => {
  server = await startServer()
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await server.kill()
})

/** The cameras of the server, in order. */
async function cameraIds(): Promise<string[]> {
  const answer = await fetch(`${server.address}api/v1/cameras`)
  const { cameras } = await answer.json() as { cameras: { id: string }[] }
  return cameras.map((camera) => camera.id)
}

const states = async (): Promise<string[]> => (await sights(browser.page)).map(({ state }) => state)

describe('the page in Chromium', () => {
  it('paints moving pictures of every kind of camera', async () => {
    const { page } = browser
    await page.goto(`${server.address}?panels=9`)
    const all = await cameraIds()
    expect(all.length).toBeGreaterThan(4)
    await expect.poll(() => shown(page), waiting).toEqual(all.slice(0, 9))
    await allMove(page, all)
    await expect.poll(states, waiting).toEqual(all.map(() => 'live'))
  })

  it('asks no other host and breaks no policy', () => {
    expect(browser.asked.length).toBeGreaterThan(5)
    expect(browser.asked.filter((address) => !address.startsWith(server.address) && !address.startsWith('blob:'))).toEqual([])
    expect(browser.complaints).toEqual([])
  })

  it('enlarges a camera, sharper than before, and goes back', async () => {
    const { page } = browser
    const all = await cameraIds()
    await page.goto(`${server.address}?panels=4`)
    await expect.poll(() => shown(page), waiting).toEqual(all.slice(0, 4))
    const second = all[1] ?? ''
    const canvas = page.locator(canvasOf(second))
    const widthBefore = await canvas.evaluate((element: HTMLCanvasElement) => element.width)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await expect.poll(() => shown(page), waiting).toEqual([second])
    await expect.poll(() => canvas.evaluate((element: HTMLCanvasElement) => element.width), waiting).toBeGreaterThan(widthBefore * 1.9)
    await moves(page, second)
    await page.keyboard.press('Escape')
    await expect.poll(() => shown(page), waiting).toEqual(all.slice(0, 4))
    await canvas.dblclick()
    await expect.poll(() => shown(page), waiting).toEqual([second])
    await page.keyboard.press('Escape')
    await allMove(page, all.slice(0, 4))
  })

  it('says so when the server is gone, and comes back by itself to one that was started anew', async () => {
    const { page } = browser
    const first = (await cameraIds()).slice(0, 4)
    await allMove(page, first)
    const { port } = server
    await server.kill()
    // Pictures and answers are missed one after the other, and either is worth the bar.
    await expect.poll(states, waiting).toEqual(['gone', 'gone', 'gone', 'gone'])
    expect(await page.getByRole('alert').count()).toBe(1)
    server = await startServer(port)
    await expect.poll(() => page.getByRole('alert').count(), waiting).toBe(0)
    await allMove(page, first)
    await expect.poll(states, waiting).toEqual(['live', 'live', 'live', 'live'])
  })

  it('frees every connection of a page that is left', async () => {
    await browser.page.goto('about:blank')
    // Six connections a host are all that a browser has: pages that kept theirs would stop the next one.
    for (let visit = 0; visit < 3; visit++) {
      await browser.page.goto(`${server.address}?panels=4`)
      await moves(browser.page, (await cameraIds())[0] ?? '')
    }
  })
})

describe('the page in WebKit', () => {
  it('paints through one image a tile', async () => {
    const { context, page, complaints } = browser
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setUserAgentOverride', {
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    })
    await page.addInitScript(() => Reflect.deleteProperty(window, 'createImageBitmap'))
    await page.goto(`${server.address}?panels=4&format=jpeg`)
    await allMove(page, (await cameraIds()).slice(0, 4))
    expect(complaints).toEqual([])
  })
})

describe('an image of a foreign page', () => {
  it('paints the endless pictures', async () => {
    const [id = ''] = await cameraIds()
    // A page of the same origin, so that the picture may be read back.
    const page = `${server.address}foreign.html`
    const body = `<!doctype html><title>Another page</title><img src="/live/${id}?size=640x480" alt="">`
    await browser.page.route(page, (route) => route.fulfill({ contentType: 'text/html', body }))
    await browser.page.goto(page, { waitUntil: 'commit' })
    const mark = (): Promise<number | null> => readMark(browser.page, 'img')
    await expect.poll(mark, waiting).not.toBeNull()
    const first = await mark()
    await expect.poll(async () => ahead(first ?? 0, await mark() ?? 0), waiting).toBeGreaterThan(2)
    expect(await browser.page.$eval('img', (image) => [image.naturalWidth, image.naturalHeight])).toEqual([640, 480])
    // Not sooner: a request that is on its way while a route is taken back may never leave.
    await browser.page.unroute(page)
  })
})
