import { cleanup, fireEvent, screen } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { camera, cameras } from '../../testing/cameras'
import { away, sight, status } from '../../testing/live'
import { ids, press, setTheStage, states, texts, tiles, under, WallStage } from '../../testing/wall-stage'

let stage: WallStage

setTheStage()
beforeEach(() => {
  stage = new WallStage()
})

describe('the wall of all cameras', () => {
  it('shows live cameras quietly: number and name alone', async () => {
    stage.cameras = [camera(1, { name: 'Main gate', text: 'Gate B' }), camera(0, { id: 'yard', name: '' })]
    await stage.show()
    expect(states()).toEqual(['live', 'live'])
    expect(texts()).toEqual(['1 Main gate Gate B', 'yard'])
    expect(ids()).toEqual(['cam1', 'yard'])
    expect(stage.live.of('cam1').want).toMatchObject({ width: 640, height: 360, stream: 'auto', fit: 'contain', fps: 0, prefer: 'auto' })
    expect(stage.live.watches).toHaveLength(2)
    expect(document.title).toBe('Camwall')
  })

  it('says in words and with a glyph what is not live', async () => {
    stage.cameras = [camera(1)]
    stage.live.answer = () => away('cam1', 'retrying', { reason: 'dial_timeout', message: 'No answer from 10.0.0.1', nextTry: Date.now() + 2500 })
    await stage.show()
    expect(states()).toEqual(['retrying'])
    expect(screen.getByText('Offline')).toBeTruthy()
    expect(screen.getByText('No answer from 10.0.0.1. Next try in 2 s.')).toBeTruthy()
    expect(tiles()[0]?.querySelector('svg')).not.toBeNull()
    expect(tiles()[0]?.getAttribute('aria-label')).toBe('Camera 1, Camera 1, Offline')
  })

  it('marks what is behind, unchanged or reduced', async () => {
    stage.cameras = [camera(1)]
    stage.live.answer = () => sight('cam1', { status: status('cam1', { behindMs: 2400 }), unchangedSince: Date.now() - 125_000, reduced: 'link' })
    await stage.show()
    expect([...document.querySelectorAll('.mark')].map((mark) => mark.textContent)).toEqual(['2.4 s behind', 'Unchanged for 2 min', 'Reduced: slow link'])
    expect(states()).toEqual(['live'])
  })

  it('calls a picture old that is', async () => {
    stage.cameras = [camera(1)]
    await stage.show()
    const watch = stage.live.of('cam1')
    watch.running = false
    await stage.pass(2500)
    expect(states()).toEqual(['live'])
    await stage.pass(750)
    expect(states()).toEqual(['stale'])
    expect(screen.getByText('No picture for 3 s')).toBeTruthy()
    expect(tiles()[0]?.querySelector('canvas')?.className).toContain('soft')
    await stage.pass(7000)
    expect(tiles()[0]?.querySelector('canvas')?.className).toContain('grey')
    watch.running = true
    await stage.pass(250)
    expect(states()).toEqual(['live'])
  })

  it('greys all tiles at once under one bar when the server is gone, and recovers by itself', async () => {
    await stage.show()
    stage.cameras = null
    stage.live.connect({ kind: 'down', since: Date.now(), nextTry: Date.now() + 250, message: '' })
    await stage.pass(0)
    expect(states()).toEqual(['gone', 'gone', 'gone', 'gone'])
    expect(screen.getAllByRole('alert')).toHaveLength(1)
    expect(screen.getByText(/No answer from Camwall/)).toBeTruthy()
    stage.cameras = cameras(4)
    stage.live.connect({ kind: 'up', since: Date.now() })
    await stage.pass(250)
    expect(states()).toEqual(['live', 'live', 'live', 'live'])
    await stage.pass(6000)
    expect(screen.queryByRole('alert')).toBeNull()
    expect(stage.live.watches).toHaveLength(4)
  })

  it('says when pictures are missing and answers are not, in the words of the server', async () => {
    await stage.show()
    stage.live.connect({ kind: 'down', since: Date.now(), nextTry: Date.now() + 9000, message: 'Too many viewers.' })
    await stage.pass(3000)
    expect(screen.getByText(/sends no pictures/)).toBeTruthy()
    expect(screen.getByText('Too many viewers.')).toBeTruthy()
    expect(screen.queryByText(/No answer from Camwall/)).toBeNull()
    expect(states()).toEqual(['gone', 'gone', 'gone', 'gone'])
  })

  it('has everything under the help out of reach, and gives the keyboard back', async () => {
    await stage.show()
    await press('ArrowRight')
    await stage.pass(0)
    const tile = document.activeElement
    expect(tile).toBe(tiles()[1])
    await press('?')
    await stage.pass(0)
    expect([under().inert, under().contains(tile), under().contains(screen.getByRole('dialog'))]).toEqual([true, true, false])
    await press('Escape')
    await stage.pass(0)
    expect([under().inert, document.activeElement]).toEqual([false, tile])
  })

  it('lists the keys of zoom and menu', async () => {
    await stage.show()
    await press('?')
    await stage.pass(0)
    const keys = [...document.querySelectorAll('kbd')].map((key) => key.textContent)
    expect(keys).toEqual(expect.arrayContaining(['+', '-', 'Z', 'Menu', 'Shift+F10']))
  })

  it('says when answers are missing and pictures are not', async () => {
    await stage.show()
    stage.cameras = null
    await stage.pass(3000)
    expect(screen.getByText(/the pictures are live/)).toBeTruthy()
    expect(states()).toEqual(['live', 'live', 'live', 'live'])
  })

  it('says one cause once, in the language of the reader', async () => {
    stage.cameras = cameras(4).map((one) => ({ ...one, device: one.number < 4 ? 'nvr' : 'gate' }))
    stage.live.answer = ({ camera: id }) => (id === 'cam4' ? sight(id) : away(id, 'retrying', { reason: 'dial_timeout', message: 'x', since: new Date(2026, 10, 21, 14, 2).getTime() }))
    vi.setSystemTime(new Date(2026, 10, 21, 14, 4))
    const world = await stage.show()
    await stage.pass(500)
    expect(document.querySelector('[data-outage]')?.textContent).toBe('3 cameras of Recorder: offline since 14:02. The camera does not answer.')
    expect(texts()).toEqual(['Offline 1 Camera 1', 'Offline 2 Camera 2', 'Offline 3 Camera 3', '4 Camera 4'])
    world.speech.choose('zh-Hant')
    await stage.pass(0)
    expect(document.querySelector('[data-outage]')?.textContent).toContain('Recorder 的 3 部攝影機')
    stage.live.of('cam1').say(sight('cam1'))
    await stage.pass(0)
    expect(document.querySelector('[data-outage]')).toBeNull()
  })

  it('tells those who hear the page what has become of a camera', async () => {
    await stage.show()
    stage.live.of('cam2').say(away('cam2', 'unauthorized'))
    await stage.pass(2500)
    expect(screen.getByRole('status', { name: '' }).textContent).toContain('2 Camera 2: password refused')
  })

  it('enlarges over the others without a new watch, and forgets them after a while', async () => {
    await stage.show()
    const before = [...stage.live.watches]
    await press('Enter')
    await stage.pass(0)
    expect([ids(), ids('covered')]).toEqual([['cam1'], ['cam2', 'cam3', 'cam4']])
    expect(tiles('covered').every(({ inert }) => inert)).toBe(true)
    await stage.pass(4000)
    expect(stage.live.of('cam2').want.fps).toBe(0)
    await stage.pass(1500)
    expect(stage.live.of('cam2')).toMatchObject({ running: true, want: { fps: 1, prefer: 'jpeg' } })
    expect(stage.live.of('cam1').want.fps).toBe(0)
    await press('Escape')
    await stage.pass(0)
    expect(ids()).toHaveLength(4)
    expect(stage.live.of('cam2').want).toMatchObject({ fps: 0, prefer: 'auto' })
    expect(stage.live.watches).toEqual(before)
    expect(stage.live.open).toHaveLength(4)
  })

  it('enlarges by a double click, and follows the arrows with the keyboard focus', async () => {
    await stage.show()
    await press('ArrowRight')
    await stage.pass(0)
    expect(document.activeElement).toBe(tiles()[1])
    await fireEvent.pointerDown(tiles()[2] as HTMLElement)
    await fireEvent.dblClick(tiles()[2] as HTMLElement)
    expect(ids()).toEqual(['cam3'])
  })

  it('ends every watch when the page is left', async () => {
    await stage.show()
    await press('c')
    await stage.pass(0)
    expect(location.pathname).toBe('/cameras')
    expect(stage.live.open).toEqual([])
    cleanup()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps the number of panels in its address', async () => {
    const world = await stage.show()
    expect(location.search).toBe('')
    world.wall.choosePanels(9)
    await stage.pass(0)
    expect(location.search).toBe('?panels=9')
  })

  it('rests when nobody has seen it for 10 s', async () => {
    await stage.show()
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    document.dispatchEvent(new Event('visibilitychange'))
    await stage.pass(2000)
    expect([states(), stage.live.resting]).toEqual([['live', 'live', 'live', 'live'], false])
    await stage.pass(8500)
    expect([states(), stage.live.resting]).toEqual([['paused', 'paused', 'paused', 'paused'], true])
    hidden.mockReturnValue(false)
    document.dispatchEvent(new Event('visibilitychange'))
    await stage.pass(250)
    expect([states(), stage.live.resting]).toEqual([['live', 'live', 'live', 'live'], false])
  })

  it('tells how to add a camera when there is none', async () => {
    stage.cameras = []
    await stage.show()
    expect(screen.getByText('No cameras yet')).toBeTruthy()
    expect(screen.getByText(/--camera/)).toBeTruthy()
  })

  it('speaks Traditional Chinese by browser, by address and by choice', async () => {
    stage.cameras = []
    await stage.show('/', ['zh-TW'])
    expect(screen.getByText('還沒有攝影機')).toBeTruthy()
    expect(document.documentElement.lang).toBe('zh-Hant')
    await press('?')
    await fireEvent.click(screen.getByText('English'))
    expect(screen.getByText('No cameras yet')).toBeTruthy()
    await press('Escape')
    expect(screen.queryByRole('dialog')).toBeNull()
    cleanup()
    await stage.show('/?lang=zh', ['en'])
    expect(screen.getByText('還沒有攝影機')).toBeTruthy()
  })

  it('shows figures only when asked for', async () => {
    stage.cameras = [camera(1)]
    stage.live.answer = () => sight('cam1', {
      figures: { fps: 14.8, delayMs: 38, delayP95Ms: 61, dropped: 3, bitsPerSecond: 900_000, size: '640x360', format: 'jpeg', decoder: 'ImageBitmap', why: 'insecure' },
    })
    await stage.show()
    expect(screen.queryByText(/H\.264/)).toBeNull()
    await press('i')
    expect(document.querySelector('.information')?.textContent).toBe(
      'sub  H.264  640x360  15.0 fps  0.5 Mbit/sJPEG  640x360  14.8 fps painted  0.9 Mbit/sarrival to paint 38 ms (95 %: 61 ms)'
      + 'WebSocket  ImageBitmap  3 not paintedJPEG: browsers decode video only over https or on the same machine',
    )
  })

  it('asks for what its address says', async () => {
    await stage.show('/?panels=1&budget=2&format=jpeg&distance=4')
    expect(stage.live.bits).toBe(2_000_000)
    expect(stage.live.open.map(({ want }) => [want.camera, want.prefer])).toEqual([['cam1', 'jpeg']])
    expect(document.documentElement.style.getPropertyValue('--overlay')).toBe('2')
  })

  it('lets a person sign in where a password was refused', async () => {
    stage.cameras = [camera(1)]
    stage.live.answer = () => away('cam1', 'unauthorized', { nextTry: Date.now() + 60_000 })
    await stage.show()
    await fireEvent.click(screen.getByText('Enter password'))
    // Loaded when it is wanted.
    await import('./SignInDialog.svelte')
    await stage.pass(250)
    const [password] = screen.getAllByLabelText('Password')
    await fireEvent.input(password as HTMLElement, { target: { value: 'secret' } })
    await fireEvent.submit(document.querySelector('#wall-sign-in') as HTMLElement)
    await stage.pass(250)
    expect(stage.asked).toContain('PATCH /api/v1/cameras/cam1')
    expect(screen.queryByText('Sign in to Camera 1')).toBeNull()
  })
})
