import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { violations } from './axe'
import { openChromium, type Browser } from './chromium'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { allMove, moves, shown, sightOf, sights, waiting } from './tiles'

const four = numbered('wall', 4)

let site: Site
let browser: Browser

beforeAll(async () => {
  site = await openSite({ street: ['--wall', '4'], cameras: plain(...four) })
  await site.putWall('four', gridOf(2, 2, four))
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

afterEach(() => site.street.fault('*', 'clear'))

const languages = ['en', 'zh-Hant']

describe.each(languages)('nothing is against WCAG AA (%s)', (language) => {
  it.each(['', 'wall/four', 'camera/wall1', 'cameras', 'statistics', 'wall/nowhere'])('on /%s', async (path) => {
    const { page } = browser
    await page.goto(`${site.address}${path}?lang=${language}`)
    if (path === '' || path === 'wall/four') await allMove(page, four)
    else if (path === 'camera/wall1') await moves(page, 'wall1')
    else await page.getByText(/\S/).first().waitFor()
    expect(await page.locator('html').getAttribute('lang')).toMatch(new RegExp(`^${language}`))
    expect(await violations(page)).toEqual([])
  })

  it('in a wall with troubles, and in its help and its editor', async () => {
    const { page } = browser
    await page.goto(`${site.address}?lang=${language}`)
    await allMove(page, four)
    await site.street.fault('wall1', 'gone')
    await site.street.fault('wall2', 'silent')
    await expect.poll(async () => (await sights(page)).map(({ state }) => state), waiting).toEqual(['retrying', 'silent', 'live', 'live'])
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('i')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('?')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.getByRole('combobox', { name: /Number|編號/ }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await page.getByRole('dialog').waitFor()
    expect(await violations(page)).toEqual([])
  })
})

describe('the keyboard alone', () => {
  /** What has the keyboard, as a screen reader says it. */
  const focused = (): Promise<string> => browser.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent.trim() ?? '')

  it('goes from tile to tile, enlarges, opens the help, and comes to every control', async () => {
    const { page } = browser
    await page.goto(site.address)
    await allMove(page, four)
    for (const [key, camera] of [['ArrowRight', 'wall2'], ['ArrowDown', 'wall4'], ['ArrowLeft', 'wall3'], ['ArrowUp', 'wall1']] as const) {
      await page.keyboard.press(key)
      await expect.poll(focused, waiting).toContain(camera)
    }
    await page.keyboard.press('Enter')
    await expect.poll(() => shown(page), waiting).toEqual(['wall1'])
    await moves(page, 'wall1')
    await page.keyboard.press('Escape')
    await expect.poll(() => shown(page), waiting).toEqual(four)
    const came = new Set<string>()
    for (let step = 0; step < 25; step++) {
      await page.keyboard.press('Tab')
      came.add(await focused())
    }
    for (const control of ['Cameras', 'Keys']) expect([...came].some((name) => name.includes(control)), `${control} in ${[...came].join(', ')}`).toBe(true)
    expect([...came].filter((name) => name === '').length).toBeLessThan(2)
  })

  it('says in a tile\'s name what is wrong with it', async () => {
    const { page } = browser
    await site.street.fault('wall3', 'gone')
    await expect.poll(async () => (await sightOf(page, 'wall3'))?.state, waiting).toBe('retrying')
    await expect.poll(() => page.getByRole('group', { name: /wall3.*Offline/ }).count(), waiting).toBe(1)
  })
})

describe('on a phone, upright', () => {
  it('scrolls a column of tiles that have room, and watches only what is seen', async () => {
    const { page } = browser
    await page.setViewportSize({ width: 390, height: 500 })
    await page.goto(`${site.address}wall/four`)
    await moves(page, 'wall1')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    const boxes = await page.$$eval('canvas[data-camera]', (all) => all.map((canvas) => canvas.getBoundingClientRect()).map(({ width, height }) => [Math.round(width), Math.round((width / height) * 10)]))
    expect(boxes).toEqual(four.map(() => [390, 18]))
    await expect.poll(async () => (await site.street.playing()).get('wall4/main'), { timeout: 30_000 }).toBe(0)
    await page.locator('canvas[data-camera="wall4"]').scrollIntoViewIfNeeded()
    await moves(page, 'wall4')
    await page.setViewportSize({ width: 1280, height: 720 })
  })
})
