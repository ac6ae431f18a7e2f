import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { startDevices, startServer, type RunningDevices, type RunningServer } from './server'

let server: RunningServer
let devices: RunningDevices
let browser: Browser

beforeAll(async () => {
  server = await startServer()
  devices = await startDevices('127.0.0.3')
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await devices.kill()
  await server.kill()
})

const waiting = { timeout: 30_000, interval: 100 }

interface Told {
  readonly id: string
  readonly name: string
  readonly number: number
  readonly user: string
  readonly rotation: number
  readonly provisioned: boolean
  readonly streams: readonly { readonly url: string }[]
}

async function cameras(): Promise<Told[]> {
  const answer = await fetch(`${server.address}api/v1/cameras`)
  return (await answer.json() as { cameras: Told[] }).cameras
}

const named = async (name: string): Promise<Told | undefined> => (await cameras()).find((camera) => camera.name === name)

describe('the page of cameras', () => {
  it('is reached from the wall by a key, and left by the browser\'s Back', async () => {
    const { page, asked } = browser
    await page.goto(`${server.address}?panels=4`)
    await expect.poll(() => page.locator('canvas[data-camera]').count(), waiting).toBe(4)
    expect(asked.filter((address) => address.includes('Cameras-'))).toEqual([])
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: 'Cameras' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/cameras')
    await page.goBack()
    await expect.poll(() => page.locator('canvas[data-camera]').count(), waiting).toBe(4)
    await page.goto(`${server.address}cameras`)
    await page.getByRole('heading', { name: 'Cameras' }).waitFor()
  })

  it('lists what is configured, with pictures, and does not edit what stands in the file', async () => {
    const { page } = browser
    const configured = await cameras()
    expect(configured.length).toBeGreaterThan(4)
    await expect.poll(() => page.locator('[data-camera]').count(), waiting).toBe(configured.length)
    const widths = (): Promise<number[]> => page.$$eval('[data-camera] img', (all) => all.map((image) => (image as HTMLImageElement).naturalWidth))
    await expect.poll(async () => (await widths()).filter((width) => width > 0).length, waiting).toBeGreaterThan(3)
    expect(await page.getByRole('button', { name: /^(Edit|Remove) / }).count()).toBe(0)
    expect(await page.getByText('from camwall.yaml').count()).toBe(configured.length)
  })

  it('tries a pasted address, shows its picture, and adds it', async () => {
    const { page } = browser
    const url = (await cameras())[0]?.streams[0]?.url ?? ''
    const { port } = new URL(url.replace('rtsp:', 'http:'))
    await page.getByRole('button', { name: 'Paste an address' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address', { exact: true }).fill('rtsp://127.0.0.1:1/nothing')
    await page.keyboard.press('Enter')
    await dialog.getByText('The camera refuses the connection').waitFor()
    await dialog.getByLabel('Address', { exact: true }).fill(`rtsp://127.0.0.1:${port}/cam2/main`)
    await dialog.getByRole('button', { name: 'Test' }).click()
    await dialog.getByText(/It plays: H\.265 1280x720/).waitFor()
    await expect.poll(() => dialog.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth), waiting).toBeGreaterThan(100)
    // A name is a text, whatever is in it.
    await dialog.getByLabel(/Name on the wall/).fill('<b>Gate</b>')
    await dialog.getByRole('button', { name: 'Add' }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => named('<b>Gate</b>'), waiting).toMatchObject({ provisioned: false, number: (await cameras()).length })
    await page.locator('[data-camera]', { hasText: '<b>Gate</b>' }).waitFor()
  })

  it('edits a camera, and tells when somebody else was faster', async () => {
    const { page } = browser
    const { id = '' } = await named('<b>Gate</b>') ?? {}
    await page.getByRole('button', { name: 'Edit <b>Gate</b>' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Name', { exact: true }).evaluate((input) => document.activeElement === input)).toBe(true)
    const answer = await fetch(`${server.address}api/v1/cameras/${id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: '{"name":"Side gate"}' })
    expect(answer.status).toBe(200)
    await dialog.getByLabel('Name', { exact: true }).fill('Main gate')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').getByText(/Somebody else/).waitFor()
    expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Side gate')
    await dialog.getByLabel('Name', { exact: true }).fill('Main gate')
    await dialog.getByLabel('Rotation').selectOption({ label: '90°' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await named('Main gate')).toMatchObject({ id, rotation: 90 })
  })

  it('removes it only after it was asked', async () => {
    const { page } = browser
    await page.getByRole('button', { name: 'Remove Main gate' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await named('Main gate')).toBeDefined()
    await page.getByRole('button', { name: 'Remove Main gate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await expect.poll(() => named('Main gate'), waiting).toBeUndefined()
    await page.locator('[data-camera]', { hasText: 'Main gate' }).waitFor({ state: 'detached' })
  })

  it('finds a recorder, signs in, and adds chosen channels', async () => {
    const { page, asked } = browser
    const { host, signIn } = devices
    await page.getByLabel('Range of addresses').fill('nonsense')
    await page.getByRole('button', { name: 'Search range' }).click()
    await page.getByText(/is no network/).waitFor()
    await page.getByLabel('Range of addresses').fill(`${host}/32`)
    await page.getByRole('button', { name: 'Search range' }).click()
    const row = page.locator('[data-found]', { hasText: 'Recorder' })
    await row.waitFor({ timeout: 30_000 })
    await page.getByText('Why is a camera missing?').waitFor()
    await row.scrollIntoViewIfNeeded()
    await row.getByText('Needs a password').waitFor()
    await row.getByLabel('User').fill(signIn.user)
    await row.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await row.getByText('Password refused').waitFor()
    expect(await row.getByLabel('Password').inputValue()).toBe('')
    await row.getByLabel('Password').fill(signIn.password)
    await row.getByRole('button', { name: 'Sign in' }).click()
    await row.getByText('16 channels').waitFor()
    await row.getByRole('button', { name: /^Channels of/ }).click()
    await page.getByRole('button', { name: 'None', exact: true }).click()
    await page.getByLabel('Channel 3', { exact: false }).first().check()
    await page.getByLabel('Channel 5', { exact: false }).first().check()
    await page.getByRole('button', { name: 'Add 2' }).click()
    await expect.poll(async () => (await cameras()).filter((camera) => !camera.provisioned).length, waiting).toBe(2)
    expect((await cameras()).filter((camera) => !camera.provisioned).map((camera) => camera.user)).toEqual([signIn.user, signIn.user])
    await expect.poll(() => page.getByRole('button', { name: /^Edit / }).count(), waiting).toBe(2)
    expect(asked.filter((address) => address.includes(signIn.password))).toEqual([])
  })

  it('shows what a file would add, and adds it', async () => {
    const { page } = browser
    await page.getByRole('button', { name: 'Import' }).click()
    const dialog = page.getByRole('dialog')
    const csv = 'name,url\nStairs,rtsp://a:b@192.0.2.4/x\nNothing,\n'
    await dialog.locator('input[type=file]').setInputFiles({ name: 'cameras.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
    await dialog.getByText('1 entry is left out').waitFor()
    expect(await dialog.getByText('rtsp://192.0.2.4/x').count()).toBe(1)
    expect(await named('Stairs')).toBeUndefined()
    await dialog.getByRole('button', { name: 'Add' }).click()
    await dialog.getByText('1 camera added').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    expect(await named('Stairs')).toMatchObject({ user: 'a' })
  })

  it('says so when the server is gone, and goes on by itself', async () => {
    const { page } = browser
    const { port } = server
    await server.kill()
    await page.getByText('No answer from Camwall').waitFor({ timeout: 30_000 })
    server = await startServer(port)
    await expect.poll(() => page.getByText('No answer from Camwall').count(), waiting).toBe(0)
    await expect.poll(() => page.locator('[data-camera]').count(), waiting).toBe((await cameras()).length)
  })

  it('stays fast with 1,000 cameras, asks pictures of those alone that can be seen, and takes names for text', async () => {
    const { page, asked } = browser
    const [first] = await cameras()
    const hostile = '<img src=x onerror="document.title=1">'.repeat(4)
    const thousand = Array.from({ length: 1000 }, (_, place) => ({ ...first, id: `c${place}`, name: `${place} ${hostile}`, number: place + 1 }))
    await page.route('**/api/v1/cameras', (route) => route.fulfill({ json: { cameras: thousand, next: null } }))
    await page.reload()
    const rows = page.locator('[data-camera]')
    await expect.poll(() => rows.count(), waiting).toBe(1000)
    asked.length = 0
    // Two cycles of painting a list that is scrolled through from end to end.
    const slowest = await page.evaluate(async () => {
      const list = document.querySelector('main')
      const times: number[] = []
      for (let step = 0, last = performance.now(); step < 60; step++) {
        list?.scrollBy(0, step < 30 ? 2000 : -2000)
        await new Promise(requestAnimationFrame)
        times.push(performance.now() - last)
        last = performance.now()
      }
      return times.sort((a, b) => a - b)[54] ?? 0
    })
    expect(slowest).toBeLessThan(250)
    await page.getByLabel('Find in the list').fill('777')
    await expect.poll(() => rows.count(), waiting).toBe(2)
    expect(await rows.locator('img[src=x]').count()).toBe(0)
    expect(await page.title()).toBe('Cameras - Camwall')
    expect(asked.filter((address) => address.includes('/live/')).length).toBeLessThan(100)
    await page.unroute('**/api/v1/cameras')
    await page.reload()
    await expect.poll(async () => await rows.count() === (await cameras()).length, waiting).toBe(true)
  })

  it('speaks Traditional Chinese, on a phone too', async () => {
    const { page } = browser
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('button', { name: '繁體中文' }).click()
    await page.getByRole('button', { name: '尋找攝影機' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: '尋找攝影機' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await page.evaluate(() => localStorage.removeItem('camwall.language'))
    await page.setViewportSize({ width: 1280, height: 720 })
  })

  it('asks no other host and breaks no policy', () => {
    expect(browser.asked.filter((address) => !address.startsWith(server.address) && !/^(blob|data):/.test(address))).toEqual([])
    expect(browser.complaints).toEqual([])
  })
})
