import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openChromium } from './browser/chromium'
import { startProxy, type Proxy } from './browser/proxy'
import { gridOf, openSite, plain, type Site } from './browser/site'
import { canvasOf, sightOf } from './browser/sights'

/**
 * Takes a picture of every state of a tile, in both languages, for docs/states. build/screens.sh runs it, and somebody
 * looks at what came out.
 */

const folder = join(import.meta.dirname, '../../docs/states')
const languages = ['en', 'zh-Hant']

/** A tile that is brought into a state. */
interface Scene {
  readonly name: string
  readonly camera: string
  /** By the street's faults, before the page is opened. */
  readonly before?: (site: Site) => Promise<unknown>
  /** Once the tile is live. */
  readonly act?: (site: Site, page: Page, proxy: Proxy) => Promise<unknown>
  /** What the tile has to be, or to say in whatever language. */
  readonly until: (page: Page) => Promise<boolean>
  readonly after?: (site: Site, proxy: Proxy) => Promise<unknown>
  readonly query?: string
  /** On the operator's page, which has a menu and takes passwords; else on a wall without controls. */
  readonly operator?: boolean
}

const is = (camera: string, state: string) => async (page: Page): Promise<boolean> => (await sightOf(page, camera))?.state === state
const says = (camera: string, words: RegExp) => async (page: Page): Promise<boolean> => words.test((await sightOf(page, camera))?.text ?? '')
const fault = (path: string, name: string, more: object = {}) => (site: Site): Promise<void> => site.street.fault(path, name, more)
const clear = (path: string) => (site: Site): Promise<void> => site.street.fault(path, 'clear')

const menu = (camera: string, action: string) => async (_: Site, page: Page): Promise<void> => {
  await page.locator(canvasOf(camera)).click({ button: 'right' })
  await page.locator(`[data-action="${action}"]`).click()
}

const cutting = (what: 'cut' | 'restore') => (_: Site, __: Page | null, proxy: Proxy): Promise<void> => {
  proxy[what]()
  return Promise.resolve()
}

const scenes: readonly Scene[] = [
  { name: 'live', camera: 'wall1', until: is('wall1', 'live') },
  { name: 'information', camera: 'wall1', act: (_, page) => page.keyboard.press('i'), until: says('wall1', /Mbit/) },
  { name: 'connecting', camera: 'wall2', before: fault('wall2', 'cut_off'), until: says('wall2', /Connecting|連線/), after: clear('wall2') },
  { name: 'behind', camera: 'wall1', act: fault('wall1', 'delay', { ms: 2400 }), until: says('wall1', /[12]\.\d/), after: clear('wall1') },
  { name: 'reduced-link', camera: 'wall1', query: 'format=jpeg&budget=0.3', until: says('wall1', /Reduced|減|降/) },
  { name: 'unchanged', camera: 'frozen', act: fault('wall3', 'frozen'), until: says('frozen', /Unchanged|未變|不變|沒有變/), after: clear('wall3') },
  { name: 'silent', camera: 'wall1', act: fault('wall1', 'silent'), until: says('wall1', /[4-9] (s|秒)/), after: clear('wall1') },
  { name: 'silent-grey', camera: 'wall1', act: fault('wall1', 'cut_off'), until: says('wall1', /1[0-9] (s|秒)/), after: clear('wall1') },
  { name: 'offline', camera: 'wall1', act: fault('wall1', 'gone'), until: is('wall1', 'retrying'), after: clear('wall1') },
  { name: 'password-refused', camera: 'wrong', until: is('wrong', 'unauthorized'), operator: true },
  { name: 'busy', camera: 'wall4', before: fault('wall4', 'limit', { n: 0 }), until: is('wall4', 'busy'), after: clear('wall4') },
  { name: 'no-stream', camera: 'nothing', until: is('nothing', 'retrying') },
  { name: 'disabled', camera: 'off', until: is('off', 'disabled') },
  { name: 'removed', camera: 'nowhere', until: is('nowhere', 'missing') },
  { name: 'paused', camera: 'wall1', act: menu('wall1', 'pause'), until: is('wall1', 'paused'), operator: true },
  { name: 'stopped', camera: 'wall1', act: menu('wall1', 'stop'), until: is('wall1', 'stopped'), operator: true },
  { name: 'server-gone', camera: 'wall1', act: cutting('cut'), until: is('wall1', 'gone'), after: (_, proxy) => cutting('restore')(_, null, proxy) },
]

export async function main(wanted: readonly string[]): Promise<number> {
  await mkdir(folder, { recursive: true })
  const site = await openSite({
    street: ['--wall', '4'],
    cameras: [
      ...plain('wall1', 'wall2', 'wall4'),
      { id: 'frozen', paths: ['wall3/main'], more: ['unchanged_after: 3s', 'name: Plaza 3'] },
      { id: 'off', paths: ['cam4/main'], more: ['disabled: true', 'name: Old Town'] },
    ],
  })
  const { url } = site.street.stream('cam3/main')
  const made: readonly (readonly [string, object])[] = [
    ['wrong', { id: 'wrong', name: 'School Yard', url, user: 'viewer', password: 'wrong' }],
    ['nothing', { id: 'nothing', name: 'Back door', url: url.replace('cam3/main', 'cam9/main') }],
  ]
  for (const [, camera] of made) await site.ask('api/v1/cameras', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(camera) })
  const proxy = await startProxy(site.server.port)
  let missing = 0
  try {
    for (const language of languages) {
      const browser = await openChromium({ width: 400, height: 225 })
      for (const scene of scenes.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
        if (!await shoot(site, proxy, browser.page, language, scene)) missing++
      }
      await browser.close()
    }
  } finally {
    await proxy.close()
    await site.close()
  }
  return missing > 0 ? 1 : 0
}

const limitMs = 40_000

async function shoot(site: Site, proxy: Proxy, page: Page, language: string, scene: Scene): Promise<boolean> {
  const { name, camera, before, act, until, after, query = '', operator = false } = scene
  await before?.(site)
  // The last camera of this name is not shown any more: its stream may have to be pulled anew.
  await page.goto('about:blank')
  const wall = `screens-${name}`
  await site.putWall(wall, gridOf(1, 1, [camera]))
  await page.goto(`${proxy.address}${operator ? `?wall=${wall}&` : `wall/${wall}?`}lang=${language}${query === '' ? '' : `&${query}`}`)
  if (act !== undefined) {
    await waitFor(() => is(camera, 'live')(page))
    await act(site, page, proxy)
    await page.mouse.move(-20, -20)
  }
  const there = await waitFor(() => until(page))
  // Words come with a fade, pictures a moment after the state.
  await page.waitForTimeout(600)
  // A hand that has rested hides the controls.
  if (operator) await page.waitForTimeout(3000)
  await page.screenshot({ path: join(folder, `${name}.${language}.png`) })
  await after?.(site, proxy)
  await page.goto('about:blank')
  await site.ask(`api/v1/walls/${wall}`, { method: 'DELETE' })
  console.log(`${name} ${language}${there ? '' : `: did not come: ${JSON.stringify(await sightOf(page, camera))}`}`)
  return there
}

async function waitFor(so: () => Promise<boolean>): Promise<boolean> {
  for (const begun = performance.now(); performance.now() - begun < limitMs;) {
    if (await so()) return true
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
  return false
}
