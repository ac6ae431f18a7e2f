import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { openWall, pressAll, shown, waiting } from './tiles'

const four = numbered('wall', 4)

let site: Site
let browser: Browser

beforeAll(async () => {
  site = await openSite({ street: ['--wall', '4'], cameras: plain(...four) })
  await site.putWall('desk', gridOf(2, 2, four))
  await site.putWall('later', gridOf(1, 1, ['wall4']))
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

const open = (path: string, cameras: readonly string[]): Promise<void> => openWall(browser.page, `${site.address}${path}`, cameras)
const press = (...keys: readonly string[]): Promise<void> => pressAll(browser.page, keys)

describe('what lies over the wall', () => {
  const desk = (): Promise<unknown> => site.ask('api/v1/walls/desk')
  const inside = (): Promise<boolean> => browser.page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('[role=dialog]') !== null)

  /** A wall from which one step back leads to another one, in the editor and changed. */
  async function edit(): Promise<ReturnType<Browser['page']['getByRole']>> {
    const { page } = browser
    await open('?wall=later', ['wall4'])
    await page.getByRole('combobox', { name: 'Walls' }).selectOption({ label: 'desk' })
    await expect.poll(() => shown(page), waiting).toHaveLength(4)
    await press('e')
    const editor = page.getByRole('dialog', { name: /^Edit/ })
    await editor.waitFor()
    await press('Delete')
    return editor
  }

  it('keeps the keyboard, and gives it back', async () => {
    const { page } = browser
    await open('?wall=desk', four)
    await press('ArrowRight')
    const tile = await page.evaluate(() => document.activeElement?.getAttribute('data-slot'))
    expect(tile).toContain('desk')
    for (const key of ['e', '?']) {
      await press(key)
      await page.getByRole('dialog').waitFor()
      for (let step = 0; step < 60; step++) {
        await press(step < 45 ? 'Tab' : 'Shift+Tab')
        expect(await inside()).toBe(true)
      }
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).focus()
      await press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-slot')), waiting).toBe(tile)
    }
  })

  it('asks when the browser goes back over what is not saved, and stays, or goes', async () => {
    const { page } = browser
    const editor = await edit()
    const before = await desk()
    await page.evaluate(() => history.back())
    await editor.getByText(/not saved. Discard it\?/).waitFor()
    await expect.poll(async () => [new URL(page.url()).search, (await shown(page)).length], waiting).toEqual(['?wall=desk', 4])
    await press('Enter')
    await editor.getByText(/not saved. Discard it\?/).waitFor({ state: 'detached' })
    await expect.poll(() => editor.evaluate((element) => element.contains(document.activeElement)), waiting).toBe(true)
    await page.evaluate(() => history.back())
    await editor.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click()
    await editor.waitFor({ state: 'detached' })
    await expect.poll(() => new URL(page.url()).search, waiting).toBe('?wall=later')
    await expect.poll(() => shown(page), waiting).toEqual(['wall4'])
    expect(await desk()).toEqual(before)
  })

  it('asks for what is still being written, too', async () => {
    const { page } = browser
    const editor = await edit()
    await press('Control+z')
    await editor.getByRole('textbox', { name: 'Title', exact: true }).fill('Desk')
    await press('Escape')
    await editor.getByText(/not saved. Discard it\?/).waitFor()
    await editor.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click()
    await editor.waitFor({ state: 'detached' })
    await page.goto('about:blank')
  })

  it('lets a hand drag a tile while something is being written, and keeps that', async () => {
    const { page } = browser
    const editor = await edit()
    await press('Control+z')
    const tiles = editor.locator('[data-tile]')
    const order = (): Promise<readonly (string | null)[]> => tiles.allTextContents()
    const before = await order()
    await editor.getByRole('textbox', { name: 'Title', exact: true }).fill('Desk')
    const [from, to] = [await tiles.nth(0).boundingBox(), await tiles.nth(3).boundingBox()]
    if (from === null || to === null) throw new Error('tiles without a place')
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
    await page.mouse.down()
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 8 })
    await page.mouse.up()
    await expect.poll(order, waiting).not.toEqual(before)
    await expect.poll(() => page.getByRole('dialog', { name: 'Edit Desk' }).count(), waiting).toBe(1)
    await press('Control+z', 'Control+z')
  })

  it('saves what is still being written', async () => {
    const { page } = browser
    await page.goto('about:blank')
    const editor = await edit()
    await press('Control+z')
    await editor.getByRole('textbox', { name: 'Title', exact: true }).fill('The desk')
    await press('Control+s')
    await editor.waitFor({ state: 'detached' })
    expect(await desk()).toMatchObject({ title: 'The desk' })
  })
})
