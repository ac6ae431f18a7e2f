import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { sampleDuring, wallTiles } from './sampler'
import { gridOf, numbered, openSite, type Site } from './site'
import { allMove, canvasOf, moves, openWall, pressAll, shown, sightOf, sights, waiting } from './tiles'

const walls = numbered('wall', 6)

let site: Site
let browser: Browser

beforeAll(async () => {
  site = await openSite({
    street: ['--wall', '6'],
    cameras: [
      ...walls.map((id, index) => ({ id, paths: [`${id}/main`], more: [`number: ${11 + index}`, `name: Plaza ${index + 1}`] })),
      { id: 'cam1', paths: ['cam1/main', 'cam1/sub'], more: ['number: 1', 'name: Market Street'] },
      { id: 'long', paths: ['wall6/main'], more: ['number: 7', 'name: Plaza behind the old customs house by the river'] },
      { id: 'turns', device: 'Workshop', more: ['number: 6', 'name: Workshop'] },
    ],
  })
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

const open = (path: string, cameras: readonly string[]): Promise<void> => openWall(browser.page, `${site.address}${path}`, cameras)
const press = (...keys: readonly string[]): Promise<void> => pressAll(browser.page, keys)

describe('pages of a wall', () => {
  it('rotate without a moment without a picture, and stand still while Space says so', async () => {
    const page = (cameras: readonly string[]): object => ({ dwell: 4, tiles: gridOf(2, 1, cameras).pages[0]?.tiles ?? [] })
    await site.putWall('turning', { columns: 2, rows: 1, pages: [page(['wall1', 'wall2']), page(['wall3', 'wall4'])] as never })
    await open('wall/turning', ['wall1', 'wall2'])
    const seen = await sampleDuring(browser.page, wallTiles, async () => {
      await expect.poll(() => shown(browser.page), waiting).toEqual(['wall3', 'wall4'])
      await expect.poll(() => shown(browser.page), waiting).toEqual(['wall1', 'wall2'])
    })
    expect(seen.tracks.map(({ camera }) => camera).sort()).toEqual(['wall1', 'wall2', 'wall3', 'wall4'])
    expect(seen.tracks.flatMap(({ camera, blind }) => blind.map((one) => [camera, ...one]))).toEqual([])
    await press('Space')
    const held = await shown(browser.page)
    const since = performance.now()
    await expect.poll(() => performance.now() - since, { timeout: 10_000, interval: 500 }).toBeGreaterThan(6000)
    expect(await shown(browser.page)).toEqual(held)
    await press('Alt+ArrowRight')
    await expect.poll(() => shown(browser.page), waiting).not.toEqual(held)
  })

  it('show what somebody else has changed, soon', async () => {
    await site.putWall('changing', gridOf(2, 1, ['wall1', 'wall2']))
    await open('wall/changing', ['wall1', 'wall2'])
    await site.putWall('changing', gridOf(3, 1, ['wall1', 'wall5', 'wall2']))
    await expect.poll(() => shown(browser.page), { timeout: 4000, interval: 50 }).toEqual(['wall1', 'wall5', 'wall2'])
    await allMove(browser.page, ['wall1', 'wall5', 'wall2'])
  })

  it('are told from a wall that is not there, which appears by itself', async () => {
    await browser.page.goto(`${site.address}wall/later`)
    await browser.page.getByText(/later/).first().waitFor()
    await browser.page.getByText(/changing/).first().waitFor()
    await site.putWall('later', gridOf(1, 1, ['wall6']))
    await expect.poll(() => shown(browser.page), waiting).toEqual(['wall6'])
  })
})

describe('a wall that rotates', () => {
  it('keeps its last pictures while the server is away, and goes on when it is back', async () => {
    const page = (cameras: readonly string[]): object => ({ dwell: 4, tiles: gridOf(2, 1, cameras).pages[0]?.tiles ?? [] })
    await site.putWall('lasting', { columns: 2, rows: 1, pages: [page(['wall1', 'wall2']), page(['wall3', 'wall4'])] as never })
    await open('wall/lasting', ['wall1', 'wall2'])
    await site.killServer()
    try {
      await expect.poll(async () => (await sights(browser.page)).map(({ state }) => state), waiting).toEqual(['gone', 'gone'])
      const last = await shown(browser.page)
      const since = performance.now()
      await expect.poll(() => performance.now() - since, { timeout: 20_000, interval: 500 }).toBeGreaterThan(10_000)
      expect(await shown(browser.page)).toEqual(last)
      const lit = await browser.page.$$eval('canvas[data-camera]', (all) => (all as HTMLCanvasElement[]).map((canvas) => {
        const copy = new OffscreenCanvas(1, 1).getContext('2d')
        copy?.drawImage(canvas, 0, 0, 1, 1)
        return Math.max(...copy?.getImageData(0, 0, 1, 1).data.slice(0, 3) ?? [0])
      }))
      expect(lit).toHaveLength(2)
      expect(Math.min(...lit)).toBeGreaterThan(10)
    } finally {
      await site.startAgain()
    }
    await allMove(browser.page, await shown(browser.page))
    const before = await shown(browser.page)
    await expect.poll(() => shown(browser.page), waiting).not.toEqual(before)
  })
})

describe('a tile', () => {
  it('cuts a long name, so that its text has room', async () => {
    await site.putWall('words', { columns: 4, rows: 3, pages: [{ tiles: [{ column: 0, row: 0, cameras: ['long'], text: 'Delivery of goods' }, { column: 1, row: 0, cameras: ['wall1'], text: 'In' }] }] })
    await open('wall/words', ['long', 'wall1'])
    const boxes = await browser.page.$$eval('[data-slot]', (all) => all.map((tile) => [tile, ...tile.querySelectorAll('.label, .text')].map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right])))
    for (const [tile = [], label = [], text = []] of boxes) {
      expect(label[1]).toBeLessThanOrEqual(text[0] ?? 0)
      expect([label[0], text[1]]).toEqual(tile)
    }
    expect(await browser.page.$$eval('.label span, .text', (all) => all.map((one) => one.scrollWidth > one.clientWidth))).toEqual([true, false, false, false])
  })
})

describe('a camera in several tiles', () => {
  it('has a crop of its own in each', async () => {
    const half = { x: 0.25, y: 0, width: 0.5, height: 0.5 }
    await site.putWall('crops', { columns: 2, rows: 1, pages: [{ tiles: [{ column: 0, row: 0, cameras: ['wall1'] }, { column: 1, row: 0, cameras: ['wall1'], crop: half }] }] })
    await open('wall/crops', ['wall1', 'wall1'])
    // The same picture, of which the second tile shows the upper middle: what stands at 1/2, 1/4 stands in its middle.
    await expect.poll(() => browser.page.$$eval('canvas[data-camera]', (all) => {
      const light = (canvas: HTMLCanvasElement, x: number, y: number): number => {
        const copy = document.createElement('canvas')
        copy.width = canvas.width
        copy.height = canvas.height
        const context = copy.getContext('2d')
        context?.drawImage(canvas, 0, 0)
        // Of the picture, which has 16:9 in the middle of its tile.
        const height = (canvas.width * 9) / 16
        const top = (canvas.height - height) / 2
        return context?.getImageData(Math.round(x * canvas.width), Math.round(top + y * height), 1, 1).data[1] ?? 0
      }
      const [whole, part] = all as HTMLCanvasElement[]
      if (whole === undefined || part === undefined) return 999
      const places = [[0.3, 0.3], [0.5, 0.7], [0.7, 0.9], [0.2, 0.6]] as const
      return Math.max(...places.map(([x, y]) => Math.abs(light(part, x, y) - light(whole, 0.25 + x / 2, y / 2))))
    }), waiting).toBeLessThan(40)
  })
})

describe('an operator', () => {
  it('puts a camera into a tile by its number for now, and takes it back', async () => {
    await site.putWall('desk', gridOf(2, 2, ['wall1', 'wall2', 'wall3', 'wall4']))
    await open('?wall=desk', ['wall1', 'wall2', 'wall3', 'wall4'])
    await press('ArrowRight', '1', '6')
    await browser.page.getByText(/Enter shows camera 16/).waitFor()
    await press('Enter')
    await expect.poll(() => shown(browser.page), waiting).toEqual(['wall1', 'wall6', 'wall3', 'wall4'])
    await moves(browser.page, 'wall6')
    await press('9', '9', 'Enter')
    await browser.page.getByText(/no camera 99/).first().waitFor()
    await press('r')
    await expect.poll(() => shown(browser.page), waiting).toEqual(['wall1', 'wall2', 'wall3', 'wall4'])
    expect(await site.ask('api/v1/walls/desk')).toMatchObject({ pages: [{ tiles: [{}, { cameras: ['wall2'] }, {}, {}] }] })
  })

  it('finds a camera', async () => {
    await press('/')
    await browser.page.getByRole('combobox', { name: /Number|編號/ }).fill('Market')
    await press('Enter')
    await expect.poll(() => shown(browser.page), waiting).toContain('cam1')
    await moves(browser.page, 'cam1')
    await press('r')
  })

  it('zooms with the wheel, and sees the whole picture again', async () => {
    await open('camera/wall1', ['wall1'])
    const { page } = browser
    const mark = page.locator(canvasOf('wall1'))
    const box = await mark.boundingBox()
    if (box === null) throw new Error('no tile')
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.9)
    await page.mouse.wheel(0, -600)
    // The mark is not where it was.
    const whole = { ...wallTiles, cameras: ['wall1'] }
    await expect.poll(async () => (await sampleDuring(page, whole, () => page.waitForTimeout(300))).tracks[0]?.painted.length, waiting).toBe(0)
    await press('z')
    await moves(page, 'wall1')
  })

  it('keeps a full picture with the time in its name', async () => {
    await open('?wall=desk', ['wall1', 'wall2', 'wall3', 'wall4'])
    const download = browser.page.waitForEvent('download')
    await press('ArrowDown', 's')
    const file = await download
    expect(file.suggestedFilename()).toMatch(/^Plaza \d_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.jpg$/)
    const path = await file.path()
    const { readFile } = await import('node:fs/promises')
    const bytes = await readFile(path)
    expect([bytes[0], bytes[1], bytes.length > 10_000]).toEqual([0xff, 0xd8, true])
  })

  it('turns a camera by keys, and it stops when they are let go', async () => {
    const { page } = browser
    const position = async (): Promise<{ pan: number; moving: boolean }> => {
      const { position, moving } = await site.ask('api/v1/cameras/turns/ptz') as { position: { pan: number }; moving: boolean }
      return { pan: position.pan, moving }
    }
    await open('camera/turns', ['turns'])
    await expect.poll(async () => ((await site.ask('api/v1/cameras/turns')) as { ptz: boolean }).ptz, waiting).toBe(true)
    const before = await position()
    await press('p')
    await page.getByText(/arrow keys/).waitFor()
    await page.keyboard.down('ArrowRight')
    await expect.poll(async () => (await position()).pan, waiting).toBeGreaterThan(before.pan + 0.1)
    await page.keyboard.up('ArrowRight')
    await expect.poll(async () => (await position()).moving, { timeout: 3000, interval: 100 }).toBe(false)
    await page.keyboard.down('ArrowLeft')
    await expect.poll(async () => (await position()).moving, waiting).toBe(true)
    // The window loses the keyboard: nobody can let the key go any more.
    await page.evaluate(() => window.dispatchEvent(new Event('blur')))
    await expect.poll(async () => (await position()).moving, { timeout: 3000, interval: 100 }).toBe(false)
    await page.keyboard.up('ArrowLeft')
    await press('p')
  })

  it('stops a tile, which shows its age, and lets it go on', async () => {
    const { page } = browser
    await open('?wall=desk', ['wall1', 'wall2', 'wall3', 'wall4'])
    await page.locator(canvasOf('wall1')).click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Stop/ }).click()
    await expect.poll(async () => (await sightOf(page, 'wall1'))?.state, waiting).toBe('stopped')
    await expect.poll(async () => (await site.street.playing()).get('wall1/main'), { timeout: 30_000, interval: 200 }).toBe(0)
    await moves(page, 'wall2')
    await page.locator(canvasOf('wall1')).click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Play/ }).click()
    await moves(page, 'wall1')
  })
})

describe('the editor', () => {
  const tiles = async (): Promise<unknown> => ((await site.ask('api/v1/walls/desk')) as { pages: { tiles: { column: number; row: number; cameras: string[] }[] }[] }).pages[0]?.tiles
    .map(({ column, row, cameras }) => [column, row, ...cameras])

  it('moves a tile by keyboard, undoes, and saves', async () => {
    const { page } = browser
    await open('?wall=desk', ['wall1', 'wall2', 'wall3', 'wall4'])
    await press('e')
    const editor = page.getByRole('dialog', { name: /^Edit/ })
    await editor.waitFor()
    await press('Enter', 'ArrowRight', 'Enter')
    await editor.getByText(/is now at column 2, row 1/).waitFor()
    await press('Control+z')
    await expect.poll(() => editor.getByRole('button', { name: 'Save' }).isDisabled(), waiting).toBe(true)
    await press('Control+Shift+z')
    await editor.getByRole('button', { name: 'Save' }).click()
    await editor.waitFor({ state: 'detached' })
    await expect.poll(tiles, waiting).toEqual(expect.arrayContaining([[1, 0, 'wall1'], [0, 0, 'wall2']]))
    await expect.poll(async () => (await shown(page)).length, waiting).toBe(4)
    await allMove(page, ['wall1', 'wall2', 'wall3', 'wall4'])
  })

  it('moves a tile by mouse, and tells when somebody else was faster', async () => {
    const { page } = browser
    await press('e')
    const editor = page.getByRole('dialog', { name: /^Edit/ })
    await editor.waitFor()
    const [from, to] = await Promise.all([3, 2].map((tile) => editor.locator(`[data-tile="${tile}"]`).boundingBox()))
    if (from === null || to === null || from === undefined || to === undefined) throw new Error('no tiles')
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
    await page.mouse.down()
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 8 })
    await page.mouse.up()
    await expect.poll(() => editor.getByRole('button', { name: 'Save' }).isEnabled(), waiting).toBe(true)
    await site.putWall('desk', gridOf(2, 1, ['wall5', 'wall6']))
    await editor.getByRole('button', { name: 'Save' }).click()
    await editor.getByText(/Somebody else has changed this wall/).waitFor()
    await editor.getByRole('button', { name: 'Keep mine' }).click()
    await editor.waitFor({ state: 'detached' })
    await expect.poll(async () => ((await tiles()) as unknown[]).length, waiting).toBe(4)
  })

  it('asks before it throws away what was changed', async () => {
    const { page } = browser
    const before = await tiles()
    await press('e')
    const editor = page.getByRole('dialog', { name: /^Edit/ })
    await editor.waitFor()
    await press('Delete', 'Escape')
    await editor.getByText(/not saved. Discard it\?/).waitFor()
    await editor.getByRole('alert').or(editor).getByRole('button', { name: 'Discard' }).last().click()
    await editor.waitFor({ state: 'detached' })
    expect(await tiles()).toEqual(before)
  })
})

describe('the page', () => {
  it('asks no other host and breaks no policy', () => {
    expect(browser.asked.filter((address) => !address.startsWith(site.address) && !/^(blob|data|about):/.test(address))).toEqual([])
    expect(browser.complaints).toEqual([])
  })
})
