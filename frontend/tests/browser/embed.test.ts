import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { ahead } from './mark'
import { openSite, type Site } from './site'
import { moves, waiting } from './tiles'

/** The example of the documentation. */
const example = readFileSync(join(import.meta.dirname, '../../../docs/embed.html'), 'utf8')

let site: Site
let foreign: Server
let foreignAddress: string
let browser: Browser

beforeAll(async () => {
  foreign = createServer(({ url }, response) => {
    const page = example.replace('http://127.0.0.1:8000/', site.address)
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(url === '/module' ? page.replace('<script', '<script type="module"') : page)
  })
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  foreignAddress = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`
  site = await openSite({ street: ['--wall', '1'], cameras: [{ id: 'gate', paths: ['wall1/main'] }], config: `origins: ["${foreignAddress.slice(0, -1)}"]\n` })
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
  await new Promise((resolve) => foreign.close(resolve))
})

describe('a page of another server', () => {
  it.each(['', 'module'])('shows a camera by the example of the documentation, and says when it is gone: %s', async (path) => {
    const { page, complaints } = browser
    await site.street.fault('*', 'clear')
    await page.goto(foreignAddress + path)
    // Its canvas may lie in a tree of its own.
    const mark = (): Promise<number | null> => page.evaluate(() => {
      const host = document.querySelector('camwall-camera')
      const canvas = (host?.shadowRoot ?? host)?.querySelector('canvas')
      if (!canvas) return null
      const width = Math.min(canvas.width, (canvas.height * 16) / 9)
      const height = (width * 9) / 16
      const context = canvas.getContext('2d')
      let frame = 0
      for (let column = 12; column < 28; column++) {
        const light = (row: number): number => context?.getImageData(
          Math.floor((canvas.width - width) / 2 + ((column + 0.5) * width) / 40), Math.floor((canvas.height - height) / 2 + ((row + 0.5) * height) / 22.5), 1, 1,
        ).data[1] ?? 0
        if (Math.abs(light(1) - light(2)) < 60) return null
        frame = frame * 2 + (light(1) > light(2) ? 1 : 0)
      }
      return frame
    })
    await expect.poll(mark, waiting).not.toBeNull()
    const first = await mark() ?? 0
    await expect.poll(async () => ahead(first, await mark() ?? first), waiting).toBeGreaterThan(2)
    await site.street.fault('wall1', 'gone')
    await expect.poll(() => page.evaluate(() => {
      const host = document.querySelector('camwall-camera')
      return host?.shadowRoot?.textContent ?? host?.textContent ?? ''
    }), waiting).toMatch(/offline/i)
    expect(complaints).toEqual([])
  })
})

describe('a browser that is too old', () => {
  it('is told so in a sentence, with a way to the simple page', async () => {
    const { page } = browser
    // Before any script of the page: as if the browser had never known it.
    await page.addInitScript(() => Reflect.deleteProperty(window, 'ResizeObserver'))
    await site.street.fault('*', 'clear')
    await page.goto(`${site.address}camera/gate`)
    const box = page.locator('#old-browser')
    await box.getByText('This browser is too old for the camera wall.').waitFor()
    await box.getByRole('link').click()
    await page.waitForURL(/camera\/gate\?basic$/, { waitUntil: 'commit' })
    await expect.poll(() => page.locator('img').count(), waiting).toBe(1)
  })

  it('is not told so where it is new enough', async () => {
    const { page, close } = await openChromium()
    await page.goto(`${site.address}camera/gate`)
    await moves(page, 'gate')
    expect(await page.locator('#old-browser').count()).toBe(0)
    await close()
  })
})
