import type { CDPSession } from 'playwright-core'
import { openChromium, type Browser } from '../browser/chromium'
import { usage } from '../browser/processes'
import { startProxy } from '../browser/proxy'
import { sample, wallTiles } from '../browser/sampler'
import { sights } from '../browser/sights'
import { startServerWith } from '../browser/server'
import { startStreet } from '../browser/street'
import { growths, table, type Figure, type Held } from './verdict'

/**
 * Watches nine tiles for a long time, with people who come and go: every second somebody changes what is looked at,
 * every ten seconds the connection breaks, every thirty the page is loaded anew. Meanwhile it notes each second what
 * page and server hold. The last third of the time may hold 5 % + 4 MB more than the second. build/soak.sh runs it.
 */

const tiles = 9
const megabyte = 1 << 20
const figures: readonly Figure[] = [
  { name: 'page: JavaScript heap, MB', unit: megabyte, slack: 4e6 },
  { name: 'page: memory of its process, MB', unit: megabyte, slack: 4e6 },
  { name: 'server: memory, MB', unit: megabyte, slack: 4e6 },
  { name: 'server: descriptors', unit: 1, slack: 4 },
  { name: 'server: goroutines', unit: 1, slack: 8 },
]

/** How long it looks whether tiles move. */
const lookMs = 1500

export async function main([minutes = '30']: readonly string[]): Promise<number> {
  const duration = Number(minutes) * 60_000
  if (!(duration > 0)) {
    console.error('usage: soak MINUTES')
    return 2
  }
  const street = await startStreet('--wall', String(tiles))
  const cameras = Array.from({ length: tiles }, (_, index) => street.stream(`wall${index + 1}/main`))
  const server = await startServerWith({
    flags: ['--log-level', 'error'],
    config: `cameras:\n${cameras.map(({ url }, index) => `  - id: wall${index + 1}\n    url: ${url}\n`).join('')}`,
  })
  const proxy = await startProxy(server.port)
  const browser = await openChromium()
  const devtools = await browser.context.newCDPSession(browser.page)
  const samples: Held[] = []
  const counted = { changes: 0, reconnects: 0, reloads: 0, looks: 0, standing: 0 }
  const begun = performance.now()
  const visitor = new Visitor(server.address)
  try {
    await browser.page.goto(`${proxy.address}?panels=${tiles}`)
    await browser.page.locator('canvas[data-camera]').nth(tiles - 1).waitFor()
    for (let second = 1; performance.now() - begun < duration; second++) {
      await until(begun + second * 1000)
      counted.changes++
      await change(browser, visitor, second)
      if (second % 30 === 0) {
        counted.reloads++
        await browser.page.reload()
        await browser.page.locator('canvas[data-camera]').nth(tiles - 1).waitFor()
      } else if (second % 10 === 0) {
        counted.reconnects++
        proxy.drop()
      }
      // Between two disturbances every tile has to move.
      if (second % 30 === 26) {
        await browser.page.keyboard.press('Escape')
        const { tracks } = await sample(browser.page, wallTiles, lookMs)
        counted.looks++
        const still = tracks.filter(({ painted }) => painted.length < 3).map(({ camera }) => camera)
        if (tracks.length < tiles || still.length > 0) {
          counted.standing++
          console.log(`second ${second}: ${tracks.length} tiles, still: ${still.join(' ')}; ${JSON.stringify((await sights(browser.page)).map(({ camera, state, text }) => [camera, state, text]))}`)
        }
      }
      samples.push(await held(browser, devtools, server.address))
      if (second % 60 === 0) console.log(`${second / 60} min: ${Object.values(samples.at(-1) ?? {}).map((value) => Math.round(value)).join(' ')}`)
    }
  } catch (error) {
    console.log(`the server said:\n${server.words().slice(-8000)}`)
    throw error
  } finally {
    visitor.leave()
    await browser.close()
    await proxy.close()
    await server.kill()
    await street.kill()
  }
  const found = growths(samples, figures)
  console.log(`${samples.length} samples; ${counted.changes} changes, ${counted.reconnects} broken connections, ${counted.reloads} reloads; ` +
    `tiles stood still at ${counted.standing} of ${counted.looks} looks; ${browser.complaints.length} complaints of the page`)
  console.log(table(found))
  for (const complaint of browser.complaints.slice(0, 5)) console.log(complaint)
  const bad = found.some(({ met }) => !met) || counted.standing > 0 || counted.looks === 0 && duration > 60_000 || browser.complaints.length > 0
  console.log(bad ? 'FAILED' : 'passed')
  return bad ? 1 : 0
}

async function until(time: number): Promise<void> {
  const left = time - performance.now()
  if (left > 0) await new Promise((resolve) => { setTimeout(resolve, left) })
}

/** Somebody beside the page, who watches one camera after the other. */
class Visitor {
  readonly #address: string
  #visit = new AbortController()

  constructor(address: string) {
    this.#address = address
  }

  move(camera: string): void {
    this.leave()
    const visit = new AbortController()
    this.#visit = visit
    fetch(`${this.#address}live/${camera}?size=320x180`, { signal: visit.signal })
      .then((answer) => answer.body?.pipeTo(new WritableStream(), { signal: visit.signal }))
      .catch(() => null)
  }

  leave(): void {
    this.#visit.abort()
  }
}

/** The viewer changes: one tile is enlarged and goes back, another is chosen, figures are shown, a visitor comes. */
async function change({ page }: Browser, visitor: Visitor, second: number): Promise<void> {
  visitor.move(`wall${(second % tiles) + 1}`)
  await page.keyboard.press(['ArrowRight', 'Enter', 'Escape', 'ArrowDown', 'Enter', 'Escape', 'I'][second % 7] ?? 'Escape')
}

/** What page and server hold now; the page's garbage is collected first. */
async function held(browser: Browser, devtools: CDPSession, address: string): Promise<Held> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  const metrics = await (await fetch(`${address}metrics`)).text()
  const metric = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1])
  return {
    'page: JavaScript heap, MB': usedSize,
    'page: memory of its process, MB': usage(browser.processes('renderer')).residentBytes,
    'server: memory, MB': metric('process_resident_memory_bytes'),
    'server: descriptors': metric('process_open_fds'),
    'server: goroutines': metric('go_goroutines'),
  }
}
