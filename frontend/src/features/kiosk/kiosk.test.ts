import { fireEvent, screen } from '@testing-library/svelte'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { until } from '../../testing/camera-server'
import { cameras } from '../../testing/cameras'
import { kioskAnswer } from '../../testing/kiosk'
import { ids, press, setTheStage, WallStage } from '../../testing/wall-stage'
import { wall, wallTile } from '../../testing/walls'
import type { KioskState } from '../../lib/kiosk/state'

let stage: WallStage

setTheStage()
// Loaded when it is known that the screen is locked; here, before it.
beforeAll(() => import('./Kiosk.svelte'))
beforeEach(() => {
  stage = new WallStage()
  stage.cameras = cameras(2)
  stage.walls = [
    wall('hall', 2, 1, [wallTile(0, 0, ['cam1'], { overlay: { number: true, name: true, clock: true, statistics: false } }), wallTile(1, 0, ['cam2'])]),
    wall('yard', 1, 1, [wallTile(0, 0, ['cam2'])]),
  ]
})

async function lock(but: Partial<KioskState> = {}, languages = ['en']) {
  stage.kiosk = kioskAnswer(but)
  const world = await stage.show('/wall/hall', languages)
  await until(() => expect(document.documentElement.classList.contains('locked')).toBe(true))
  return world
}

async function openPad(): Promise<HTMLElement> {
  await press('q', { ctrlKey: true, altKey: true, code: 'KeyQ' })
  await stage.pass(0)
  return screen.getByRole('dialog')
}

async function type(...keys: string[]): Promise<void> {
  for (const key of keys) await press(key)
  await stage.pass(0)
}

const refused = (type: string, but: object = {}): boolean => !document.body.dispatchEvent(Object.assign(new Event(type, { bubbles: true, cancelable: true }), but))

describe('a page that is no kiosk', () => {
  it('is not locked, and asks once', async () => {
    await stage.show('/wall/hall')
    await stage.pass(12_000)
    expect(stage.asked.filter((one) => one === 'GET /kiosk/state')).toHaveLength(1)
    expect(refused('contextmenu')).toBe(false)
    await press('2', { altKey: true })
    await stage.pass(0)
    expect(location.pathname).toBe('/wall/yard')
  })

  it('does not ask on the operator\'s wall', async () => {
    stage.kiosk = kioskAnswer()
    await stage.show('/')
    await stage.pass(6000)
    expect(stage.asked).not.toContain('GET /kiosk/state')
  })
})

describe('a locked screen', () => {
  it('leads nowhere', async () => {
    const world = await lock()
    await press('2', { altKey: true })
    await press('c')
    await press('e')
    world.choose('yard')
    world.route.go('cameras')
    await stage.pass(0)
    expect([location.pathname, ids()]).toEqual(['/wall/hall', ['cam1', 'cam2']])
    for (const type of ['contextmenu', 'selectstart', 'dragstart', 'gesturestart']) expect(refused(type), type).toBe(true)
    expect(refused('keydown', { key: '+', ctrlKey: true })).toBe(true)
    await press('?')
    await stage.pass(0)
    expect(document.querySelector('dl')?.textContent).not.toContain('another wall')
  })

  it('offers no other wall in place of one that is missing', async () => {
    stage.walls = stage.walls.filter(({ name }) => name !== 'hall')
    await lock()
    expect(screen.getByText('There is no wall named hall')).toBeTruthy()
    expect(document.querySelector('a')).toBeNull()
    await until(() => expect(screen.getByText('This screen: terminal-7, 192.0.2.7')).toBeTruthy())
  })

  it('darkens at night, over everything and in nobody\'s way', async () => {
    await lock({ dim: 30 })
    const dim = document.querySelector<HTMLElement>('.dim')
    expect([dim?.style.opacity, dim?.classList.contains('dark')]).toEqual(['0.7', true])
    stage.kiosk = kioskAnswer({ dim: 100 })
    await stage.pass(5500)
    expect([dim?.style.opacity, dim?.classList.contains('dark')]).toEqual(['0', false])
  })

  it('moves its texts every 5 min, unless it is told not to', async () => {
    vi.setSystemTime(new Date(2026, 10, 21, 14, 0))
    await lock()
    const shift = (): string => document.documentElement.style.getPropertyValue('--shift')
    const before = shift()
    expect(before).toMatch(/^\d+px \d+px$/)
    vi.setSystemTime(new Date(2026, 10, 21, 14, 5, 1))
    await stage.pass(500)
    expect(shift()).not.toBe(before)
    stage.kiosk = kioskAnswer({ shift: false })
    await stage.pass(6000)
    expect(shift()).toBe('')
  })

  it('shows no clock that is not set', async () => {
    await lock({ clockSet: false })
    expect(document.querySelector('time')).toBeNull()
    stage.kiosk = kioskAnswer()
    await stage.pass(6000)
    expect(document.querySelector('time')).not.toBeNull()
  })
})

describe('without a server', () => {
  async function lose(but: Partial<KioskState> = {}): Promise<void> {
    stage.cameras = null
    stage.kiosk = kioskAnswer({ ready: false, since: 180_000, reason: 'server.example does not answer', hint: 'Is it switched on?', ...but })
    stage.live.connect({ kind: 'down', since: Date.now(), nextTry: Date.now() + 250, message: '' })
    await stage.pass(1500)
  }

  it('says since when, why, and before which machine people stand', async () => {
    vi.setSystemTime(new Date(2026, 10, 21, 14, 5))
    await lock()
    await lose()
    const [bar, ...others] = screen.getAllByRole('alert')
    expect(others).toEqual([])
    for (const words of ['No connection to the server since 14:02 (3 min)', 'Server.example does not answer', 'Is it switched on?', 'This screen: terminal-7, 192.0.2.7']) expect(bar?.textContent).toContain(words)
    expect(bar?.querySelector('button')).toBeNull()
  })

  it('tells no time of day where the clock is not set', async () => {
    await lock({ clockSet: false })
    await lose({ clockSet: false, addresses: [] })
    expect(screen.getByText('No connection to the server for 3 min')).toBeTruthy()
    expect(screen.getByText('This screen: terminal-7, without a network address')).toBeTruthy()
    expect(screen.getByRole('alert').textContent).not.toMatch(/\d\d:\d\d/)
  })

  it('speaks at once, before the kiosk has noticed', async () => {
    await lock()
    stage.cameras = null
    stage.live.connect({ kind: 'down', since: Date.now(), nextTry: Date.now() + 250, message: '' })
    await stage.pass(0)
    expect(screen.getByText(/No connection to the server/)).toBeTruthy()
  })

  it('asks for pictures as soon as the kiosk says that it is back, and says nothing more', async () => {
    await lock()
    await lose()
    const before = stage.live.asked
    stage.cameras = cameras(2)
    stage.kiosk = kioskAnswer()
    await stage.pass(1500)
    expect(stage.live.asked).toBeGreaterThan(before)
    stage.live.connect({ kind: 'up', since: Date.now() })
    await stage.pass(6000)
    expect(screen.queryByRole('alert')).toBeNull()
  })
})

describe('the way out', () => {
  it('opens by the key, is typed blind, and is asked of the kiosk', async () => {
    stage.onUnlock = () => new Response(null, { status: 204 })
    await lock()
    const pad = await openPad()
    expect(document.querySelector('main')?.inert).toBe(true)
    await type('2', '4', '6', '9', 'Backspace', '8')
    expect(screen.getByRole('img', { name: '4 digits typed' })).toBeTruthy()
    expect(pad.textContent).not.toContain('2468')
    await type('Enter')
    await stage.pass(250)
    expect(stage.unlocks).toEqual([{ pin: '2468', action: 'leave' }])
    expect(pad.textContent).toContain('Leaving...')
  })

  it('opens by the key that is configured, and by no other', async () => {
    await lock({ key: 'F10' })
    await press('q', { ctrlKey: true, altKey: true, code: 'KeyQ' })
    await stage.pass(0)
    expect(screen.queryByRole('dialog')).toBeNull()
    await press('F10', { code: 'F10' })
    await stage.pass(0)
    expect(screen.getByRole('dialog')).toBeTruthy()
  })

  it('opens by a long press in a corner, and works by hand', async () => {
    stage.onUnlock = () => new Response(null, { status: 204 })
    vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => done(null))
    await lock()
    await fireEvent(document.body, Object.assign(new MouseEvent('pointerdown', { bubbles: true, clientX: 5, clientY: 5 }), { pointerId: 1, isPrimary: true }))
    await stage.pass(1000)
    expect(document.querySelector('.ring')).not.toBeNull()
    await stage.pass(2250)
    expect(document.querySelector('.ring')).toBeNull()
    for (const digit of ['1', '3', '5', '7']) await fireEvent.click(screen.getByRole('button', { name: digit }))
    await fireEvent.click(screen.getByRole('button', { name: 'Reload' }))
    await stage.pass(0)
    expect(stage.unlocks).toEqual([{ pin: '1357', action: 'reload' }])
    await stage.pass(2500)
    expect(stage.reload).toHaveBeenCalledOnce()
  })

  it('says what is wrong, and counts the wait down', async () => {
    await lock()
    stage.onUnlock = () => Response.json({ triesLeft: 1 }, { status: 403 })
    const pad = await openPad()
    await type('1', '1', '1', '1', 'Enter')
    await stage.pass(0)
    expect(pad.querySelector('[role=status]')?.textContent).toBe('Wrong PIN. 1 try left.')
    expect(pad.querySelector('p')?.textContent).toBe('Wrong PIN. 1 try left.')
    stage.onUnlock = () => new Response('{}', { status: 429, headers: { 'Retry-After': '1' } })
    await type('1', '1', '1', '2', 'Enter')
    await stage.pass(0)
    expect(pad.querySelector('p')?.textContent).toBe('Too many wrong PINs. Next try in 1 s.')
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Leave' }).disabled).toBe(true)
  })

  it('keeps keyboard and focus to itself, and gives them back', async () => {
    await lock()
    await press('ArrowRight')
    await stage.pass(0)
    const before = document.activeElement
    const pad = await openPad()
    expect(document.activeElement).toBe(pad)
    await type('ArrowLeft', '?', 'i', 'f')
    expect([screen.getAllByRole('dialog').length, document.querySelector('.information')]).toEqual([1, null])
    const came: (Element | null)[] = []
    for (let step = 0; step < 13; step++) {
      await press('Tab')
      came.push(document.activeElement)
    }
    expect(came.every((one) => pad.contains(one))).toBe(true)
    // Ten digits and Cancel: nothing has been typed.
    expect(new Set(came).size).toBe(11)
    await press('Tab', { shiftKey: true })
    expect(document.activeElement).toBe(came[11])
    await type('Escape')
    expect(screen.queryByRole('dialog')).toBeNull()
    expect([document.activeElement, document.querySelector('main')?.inert]).toEqual([before, false])
  })

  it('closes by itself when nobody is there', async () => {
    await lock()
    await openPad()
    await stage.pass(29_000)
    expect(screen.queryByRole('dialog')).not.toBeNull()
    await stage.pass(1500)
    expect(screen.queryByRole('dialog')).toBeNull()
  })

  it('says how to set a PIN where there is none, in the reader\'s language', async () => {
    await lock({ pin: false }, ['zh-TW'])
    const pad = await openPad()
    expect(pad.textContent).toContain('沒有設定 PIN 碼')
    expect(pad.textContent).toContain('--pin-file')
    expect(pad.querySelectorAll('button')).toHaveLength(1)
    await fireEvent.click(screen.getByRole('button', { name: '取消' }))
    expect(screen.queryByRole('dialog')).toBeNull()
  })
})
