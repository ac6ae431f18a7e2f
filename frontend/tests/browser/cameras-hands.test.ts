import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { startServer, type RunningServer } from './server'

let server: RunningServer
let browser: Browser

beforeAll(async () => {
  server = await startServer()
  browser = await openChromium()
  for (const name of ['Attic', 'Barn']) await post('cameras', { name, url: `rtsp://127.0.0.1:1/${name}` })
  await browser.page.goto(`${server.address}cameras`)
  await browser.page.getByRole('button', { name: 'Edit Attic' }).waitFor()
})
afterAll(async () => {
  await browser.close()
  await server.kill()
})

const waiting = { timeout: 10_000, interval: 50 }

async function post(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${server.address}api/v1/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  expect(answer.ok, await answer.text()).toBe(true)
}

/** What has the keyboard: its spoken name, else its text, else its id. */
const focused = (): Promise<string> => browser.page.evaluate(() => {
  const element = document.activeElement
  return element?.getAttribute('aria-label') ?? (element instanceof HTMLInputElement ? element.labels?.[0]?.textContent.trim() : element?.textContent.trim()) ?? ''
})

/** Everything that hands can use and that can be seen. */
const controls = (): Promise<{ name: string; height: number }[]> => browser.page.$$eval('a, button, input, select, summary', (all) => all
  .filter((element) => element.checkVisibility())
  .map((element) => {
    const label = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? (element.labels?.[0]?.textContent ?? '') : ''
    // A check box is as large as what is written beside it.
    const target = element instanceof HTMLInputElement && element.type === 'checkbox' ? (element.closest('label') ?? element) : element
    return { name: (element.getAttribute('aria-label') ?? (label || element.textContent)).trim(), height: target.getBoundingClientRect().height }
  }))

describe('the keyboard', () => {
  it('finds in the list', async () => {
    const { page } = browser
    await page.keyboard.press('/')
    expect(await focused()).toBe('Find in the list')
    await page.keyboard.type('barn/')
    await page.getByText('Nothing in the list has "barn/" in it.').waitFor()
    await page.keyboard.press('Backspace')
    await expect.poll(() => page.locator('[data-camera]').count(), waiting).toBe(1)
    await page.getByLabel('Find in the list').fill('')
  })

  it('stays in a dialog, and is where it was when that closes', async () => {
    const { page } = browser
    await page.getByRole('button', { name: 'Edit Barn' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused, waiting).toBe('Name')
    for (let press = 0; press < 30; press++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null)).toBe(true)
    }
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focused()).toBe('Edit Barn')
  })

  it('offers the harmless answer first, and goes on in the list after a removal', async () => {
    const { page } = browser
    await page.getByRole('button', { name: 'Remove Barn' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused, waiting).toBe('Cancel')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Remove')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove Barn' }).waitFor({ state: 'detached' })
    await expect.poll(focused, waiting).toBe('Cameras')
  })

  it('unfolds what else is known', async () => {
    const { page } = browser
    const unfold = page.getByRole('button', { name: 'Details of Attic' })
    await unfold.focus()
    await page.keyboard.press('Space')
    expect(await unfold.getAttribute('aria-expanded')).toBe('true')
    await page.getByText('added by the address of its stream').waitFor()
    await page.keyboard.press('Space')
    expect(await page.getByText('added by the address of its stream').count()).toBe(0)
  })

  it('saves nothing when nothing was changed, and keeps the password that it does not show', async () => {
    const { page } = browser
    const saved: (string | null)[] = []
    page.on('request', (request) => {
      if (request.method() === 'PATCH') saved.push(request.postData())
    })
    const edit = async (change: () => Promise<void>): Promise<void> => {
      await page.getByRole('button', { name: 'Edit Attic' }).click()
      await change()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await edit(async () => {
      await page.getByRole('dialog').getByLabel('User').fill('me')
      await page.getByRole('dialog').getByLabel(/^New password/).fill('p@ss w#rd')
    })
    await edit(() => page.getByRole('dialog').getByLabel('Name', { exact: true }).focus())
    await edit(() => page.getByRole('dialog').getByLabel('Number').fill('77'))
    expect(saved.map((body) => JSON.parse(body ?? '') as unknown)).toEqual([{ user: 'me', password: 'p@ss w#rd' }, { number: 77 }])
    const { cameras } = await (await fetch(`${server.address}api/v1/cameras?q=Attic`)).json() as { cameras: unknown[] }
    expect(cameras).toMatchObject([{ number: 77, user: 'me', hasPassword: true }])
    expect(await page.content()).not.toContain('p@ss')
  })
})

describe('fingers and ears', () => {
  it('have a name for everything, and room for it on a phone', async () => {
    const { context, page } = browser
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setDeviceMetricsOverride', { width: 390, height: 844, deviceScaleFactor: 1, mobile: true })
    await devtools.send('Emulation.setTouchEmulationEnabled', { enabled: true })
    expect(await page.evaluate(() => matchMedia('(pointer: coarse)').matches)).toBe(true)
    for (const open of ['Paste an address', 'Import', 'Edit Attic', 'Remove Attic']) {
      await page.getByRole('button', { name: open }).click()
      await page.getByRole('dialog').waitFor()
      const all = await controls()
      expect(all.length).toBeGreaterThan(10)
      expect(all.filter(({ name, height }) => name === '' || height < 43.5)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await devtools.detach()
  })
})
