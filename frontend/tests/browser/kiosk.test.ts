import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { violations } from './axe'
import { openChromium, type Browser } from './chromium'
import { startKioskProxy, type KioskProxy } from './kiosk-proxy'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { allMove, shown, timeUntil, waiting } from './tiles'

const four = numbered('wall', 4)

let site: Site
let kiosk: KioskProxy
let browser: Browser

beforeAll(async () => {
  site = await openSite({ street: ['--wall', '4'], cameras: plain(...four) })
  await site.putWall('hall', gridOf(2, 2, four))
  await site.putWall('yard', gridOf(1, 1, four))
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

beforeEach(async () => {
  kiosk = await startKioskProxy(site.server.port, {
    home: '/wall/hall', wall: 'hall', output: 'HDMI-A-1', host: 'terminal-7', addresses: ['192.0.2.7'], code: '', reason: '', hint: '',
    clockSet: true, key: 'Ctrl+Alt+Q', pin: true, dim: 100, shift: true, version: '1',
  })
  return () => kiosk.close()
})

const locked = (): Promise<boolean> => browser.page.evaluate(() => document.documentElement.classList.contains('locked'))

async function open(query = ''): Promise<void> {
  await browser.page.goto('about:blank')
  await browser.page.goto(`${kiosk.address}wall/hall${query}`)
  await expect.poll(locked, waiting).toBe(true)
  await allMove(browser.page, four)
}

const pad = (): ReturnType<Browser['page']['locator']> => browser.page.getByRole('dialog')
const press = async (...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await browser.page.keyboard.press(key)
}

describe('what locks a page', () => {
  it('is loaded on locked screens alone', async () => {
    const { page, asked } = browser
    const parts = (): number => asked.filter((address) => /\/assets\/Kiosk-/.test(address)).length
    await page.goto(`${site.address}wall/hall`)
    await allMove(page, four)
    expect([parts(), await locked()]).toEqual([0, false])
    await open()
    expect(parts()).toBeGreaterThan(0)
    expect(browser.complaints).toEqual([])
  })

  it('lets nothing lead away, and nothing be taken hold of', async () => {
    const { page } = browser
    await open()
    await page.evaluate(() => {
      addEventListener('contextmenu', (event) => {
        document.body.dataset['menus'] = `${document.body.dataset['menus'] ?? ''} ${event.defaultPrevented}`
      })
    })
    await page.mouse.click(300, 200, { button: 'right' })
    // A finger that is held, and what a right click comes to in other browsers.
    await page.locator('[data-slot]').first().dispatchEvent('contextmenu')
    expect(await page.evaluate(() => document.body.dataset['menus'])).toMatch(/^( true)+$/)
    // What becomes of them when they have gone through the page: a browser that is driven by a program does little of its own.
    await page.evaluate(() => {
      addEventListener('keydown', (event) => {
        if (event.defaultPrevented) document.body.dataset['taken'] = `${document.body.dataset['taken'] ?? ''} ${event.code}`
      })
    })
    const before = await page.evaluate(() => [history.length, performance.timeOrigin])
    await press('Alt+Digit2', 'c', 'e', '/', 'Control+a', 'Control+Equal', 'Alt+ArrowLeft', 'F5', 'F12', 'Control+p', 'Backspace')
    const taken = (await page.evaluate(() => document.body.dataset['taken'] ?? '')).split(' ').filter((code) => !/^$|Control|Alt/.test(code))
    expect(taken).toEqual(['Digit2', 'KeyA', 'Equal', 'ArrowLeft', 'F5', 'F12', 'KeyP', 'Backspace'])
    await page.mouse.move(100, 690)
    await page.mouse.down()
    await page.mouse.move(600, 500, { steps: 5 })
    await page.mouse.up()
    expect(await page.evaluate(() => [location.pathname, getSelection()?.toString(), document.querySelectorAll('[role=dialog], dialog').length])).toEqual(['/wall/hall', '', 0])
    expect(await page.evaluate(() => [history.length, performance.timeOrigin])).toEqual(before)
    expect(await shown(page)).toEqual(four)
    expect(await page.evaluate(() => [document.querySelector('a, [role=toolbar]'), devicePixelRatio])).toEqual([null, 1])
    await allMove(page, four)
  })

  it('says which screen it is where its wall is missing, in words that wander', async () => {
    const { page } = browser
    await page.goto('about:blank')
    await page.goto(`${kiosk.address}wall/nowhere`)
    await expect.poll(locked, waiting).toBe(true)
    await page.getByText('There is no wall named nowhere').waitFor()
    await page.getByText('This screen: terminal-7, 192.0.2.7').waitFor()
    const moved = (): Promise<string[]> => page.evaluate(() => [document.documentElement.style.getPropertyValue('--shift'), getComputedStyle(document.querySelector('.unknown') as Element).translate])
    await page.evaluate(() => document.documentElement.style.setProperty('--shift', '2px 2px'))
    expect(await moved()).toEqual(['2px 2px', '2px 2px'])
    expect(await violations(page)).toEqual([])
    await page.goto('about:blank')
  })

  it('can not be pinched', async () => {
    const { page, context } = browser
    const session = await context.newCDPSession(page)
    const pinched = async (): Promise<unknown> => {
      await page.evaluate(() => {
        addEventListener('touchmove', (event) => {
          document.body.dataset['pinches'] = `${document.body.dataset['pinches'] ?? ''} ${event.touches.length} ${event.defaultPrevented}`
        })
      })
      const fingers = (by: number): { x: number; y: number; id: number }[] => [{ x: 400 - by, y: 300, id: 0 }, { x: 400 + by, y: 300, id: 1 }]
      await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(40) })
      await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(160) })
      await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      return page.evaluate(() => [document.body.dataset['pinches'], getComputedStyle(document.elementFromPoint(400, 300) ?? document.body).touchAction])
    }
    await page.goto(`${site.address}wall/hall`)
    await allMove(page, four)
    expect(await pinched()).toEqual([' 2 false', expect.not.stringMatching('none')])
    await open()
    expect(await pinched()).toEqual([' 2 true', 'none'])
  })

  it('hides the pointer when the hand rests', async () => {
    const { page } = browser
    await open()
    const cursor = (): Promise<string> => page.evaluate(() => getComputedStyle(document.elementFromPoint(400, 300) ?? document.body).cursor)
    let y = 300
    await expect.poll(async () => {
      await page.mouse.move(400, ++y)
      return cursor()
    }, waiting).not.toBe('none')
    await expect.poll(cursor, waiting).toBe('none')
  })
})

describe('without a server', () => {
  it('says since when, why and where it stands, and has pictures again by itself', async () => {
    const { page } = browser
    await open()
    kiosk.say({ code: 'no_socket', reason: 'the server\'s socket is not there', hint: 'is camwall-server running?' })
    kiosk.away(true)
    const bar = page.getByRole('alert')
    await expect.poll(() => bar.innerText(), waiting).toMatch(/No connection to the server since \d\d:\d\d \(\d+ s\)/)
    await expect.poll(() => bar.innerText(), waiting).toMatch(/socket is not there[^]*is camwall-server running\?[^]*terminal-7, 192\.0\.2\.7/i)
    expect(await violations(page)).toEqual([])
    // The pictures are old, and say so; they stay.
    expect(await shown(page)).toEqual(four)
    kiosk.say({ clockSet: false })
    await expect.poll(() => bar.innerText(), waiting).toMatch(/No connection to the server for \d+ s/)
    kiosk.away(false)
    const back = await timeUntil('the bar is gone', 10_000, async () => await bar.count() === 0)
    console.log(`the server is back on the screen after ${Math.round(back)} ms`)
    await allMove(page, four)
  })

  it('does not take what the kiosk shows then for the page', async () => {
    const { page } = browser
    const born = (): Promise<number> => page.evaluate(() => performance.timeOrigin)
    // A part that can't be had is why a page asks for another one.
    await page.route('**/assets/Kiosk-*', (route) => route.abort())
    let looks = 0
    page.on('response', (response) => {
      if (response.url().endsWith('/wall/hall') && response.request().resourceType() === 'fetch') looks++
    })
    try {
      await page.goto(`${kiosk.address}wall/hall`)
      await allMove(page, four)
      kiosk.away(true)
      const loads = await born()
      const before = looks
      await expect.poll(() => looks - before, { timeout: 60_000 }).toBeGreaterThan(1)
      expect([await born(), await shown(page)]).toEqual([loads, four])
      kiosk.away(false)
      await expect.poll(() => born().catch(() => loads), { timeout: 60_000 }).not.toBe(loads)
      await page.unroute('**/assets/Kiosk-*')
      await expect.poll(locked, waiting).toBe(true)
      await allMove(page, four)
    } finally {
      await page.unroute('**/assets/Kiosk-*')
    }
  })
})

describe('the way out', () => {
  it('opens by the key, knows the PIN, and lets nobody try for ever', async () => {
    const { page } = browser
    await open()
    await press('Control+Alt+q')
    await pad().waitFor()
    await press('1', '1', '1', '1', 'Enter')
    await expect.poll(() => pad().innerText(), waiting).toContain('Wrong PIN. 2 tries left.')
    await press('1', '1', '1', '2', 'Enter')
    await expect.poll(() => pad().innerText(), waiting).toContain('Wrong PIN. 1 try left.')
    await press('1', '1', '1', '3', 'Enter')
    await expect.poll(() => pad().innerText(), waiting).toContain('0 tries left.')
    await press('1', '1', '1', '4', 'Enter')
    await expect.poll(() => pad().innerText(), waiting).toMatch(/Too many wrong PINs\. Next try in \d+ s\./)
    expect(await page.getByRole('button', { name: 'Leave' }).isDisabled()).toBe(true)
    await expect.poll(() => pad().innerText(), waiting).toContain('Type the PIN')
    await press('2', '4', '6', '8', 'Enter')
    await expect.poll(() => pad().innerText(), waiting).toContain('Leaving...')
    expect(kiosk.unlocks.at(-1)).toEqual({ pin: '2468', action: 'leave' })
    expect(await shown(page)).toEqual(four)
  })

  it('opens by a finger that is held in a corner, and is typed by fingers', async () => {
    const { page, context } = browser
    await open()
    const session = await context.newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]): Promise<unknown> => session.send('Input.dispatchTouchEvent', { type, touchPoints })
    await touch('touchStart', { x: 640, y: 360 })
    await page.waitForTimeout(3300)
    await touch('touchEnd')
    expect(await pad().count()).toBe(0)
    await touch('touchStart', { x: 1270, y: 10 })
    await touch('touchMove', { x: 1265, y: 14 })
    await page.locator('.ring').waitFor()
    await pad().waitFor()
    await touch('touchEnd')
    for (const digit of '2468') {
      const box = await page.getByRole('button', { name: digit, exact: true }).boundingBox()
      if (box === null) throw new Error(`no digit ${digit}`)
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44)
      await touch('touchStart', { x: box.x + box.width / 2, y: box.y + box.height / 2 })
      await touch('touchEnd')
    }
    const before = await page.evaluate(() => performance.timeOrigin)
    await page.getByRole('button', { name: 'Reload' }).click()
    await expect.poll(() => kiosk.unlocks, waiting).toEqual([{ pin: '2468', action: 'reload' }])
    await expect.poll(() => page.evaluate(() => performance.timeOrigin).catch(() => before), waiting).not.toBe(before)
    await expect.poll(locked, waiting).toBe(true)
    await allMove(page, four)
  })

  it.each(['en', 'zh-Hant'])('has nothing against WCAG AA (%s), and keeps the keyboard', async (language) => {
    const { page } = browser
    await open(`?lang=${language}`)
    expect(await violations(page)).toEqual([])
    await press('Control+Alt+q')
    await pad().waitFor()
    expect(await violations(page)).toEqual([])
    await press('5', '5', '5', '5')
    expect(await violations(page)).toEqual([])
    for (let step = 0; step < 20; step++) {
      await press('Tab')
      expect(await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true)
    }
    await press('Escape')
    await expect.poll(() => pad().count(), waiting).toBe(0)
    kiosk.say({ pin: false })
    await expect.poll(async () => {
      await press('Control+Alt+q')
      const words = await pad().innerText()
      await press('Escape')
      return words
    }, waiting).toContain('--pin-file')
  })
})

describe('at night', () => {
  it('is darker, the PIN pad too, and takes hands as by day', async () => {
    const { page } = browser
    kiosk.say({ dim: 30 })
    await open()
    const light = async (): Promise<number> => {
      const shot = (await page.screenshot({ clip: { x: 200, y: 100, width: 400, height: 400 } })).toString('base64')
      return page.evaluate(async (shot) => {
        const picture = new Image()
        picture.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(shot), (char) => char.charCodeAt(0))], { type: 'image/png' }))
        await new Promise((resolve) => { picture.onload = picture.onerror = resolve })
        const canvas = document.createElement('canvas')
        canvas.width = canvas.height = 1
        const context = canvas.getContext('2d')
        context?.drawImage(picture, 0, 0, 1, 1)
        const [red = 0, green = 0, blue = 0] = context?.getImageData(0, 0, 1, 1).data ?? []
        return (red + green + blue) / 3
      }, shot)
    }
    const night = await light()
    kiosk.say({ dim: 100 })
    await expect.poll(light, waiting).toBeGreaterThan(night * 2)
    kiosk.say({ dim: 30 })
    await expect.poll(() => page.evaluate(() => getComputedStyle(document.querySelector('.dim') ?? document.body).opacity), waiting).toBe('0.7')
    await press('Control+Alt+q')
    await pad().waitFor()
    const over = await page.evaluate(() => Number(getComputedStyle(document.querySelector('.dim') ?? document.body).zIndex) - Number(getComputedStyle(document.querySelector('[role=dialog]')?.parentElement ?? document.body).zIndex))
    expect(over).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => pad().count(), waiting).toBe(0)
  })
})
