import { cleanup, fireEvent, screen } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { tileOf, wallOf } from '../../testing/hall'
import { sight, TestLive } from '../../testing/live'
import { ids, press, setTheStage, states, tiles, WallStage } from '../../testing/wall-stage'

const hall = wallOf('hall', [
  { dwell: 10, tiles: [tileOf(0, 0, ['cam1'], { width: 2, text: 'The gate' }), tileOf(0, 1, ['cam2', 'cam3'], { dwell: 5 }), tileOf(1, 1, ['nowhere'])] },
  { title: 'Second', dwell: 10, tiles: [tileOf(0, 0, ['cam4']), tileOf(1, 0, ['cam1'])] },
], { title: 'Hall' })
const yard = wallOf('yard', [{ tiles: [tileOf(0, 0, ['cam2'])] }])

let stage: WallStage

setTheStage()
beforeEach(() => {
  stage = new WallStage()
  stage.walls = [hall, yard]
})

describe('named walls', () => {
  it('are shown as they are, each camera in its place', async () => {
    await stage.show('/wall/hall')
    expect(ids()).toEqual(['cam1', 'cam2', 'nowhere'])
    expect(tiles().map((tile) => tile.style.getPropertyValue('--area'))).toEqual(['1 / 1 / span 1 / span 2', '2 / 1 / span 1 / span 1', '2 / 2 / span 1 / span 1'])
    expect(states()).toEqual(['live', 'live', 'live'])
    stage.live.of('nowhere').say(sight('nowhere', { phase: 'refused', status: null, pictureTime: null, refusal: { status: 404, code: 'not_found', message: '', hint: '' } }))
    await stage.pass(0)
    expect(screen.getByText('This camera is no longer there')).toBeTruthy()
    expect(screen.getByText('The gate')).toBeTruthy()
    expect(document.title).toBe('Hall - Camwall')
  })

  it('have no controls on a kiosk, and a pointer only while it moves', async () => {
    await stage.show('/wall/hall')
    expect(screen.queryByRole('toolbar')).toBeNull()
    expect(screen.getByRole('main').className).toContain('resting')
    await fireEvent.pointerMove(window)
    await stage.pass(0)
    expect(screen.getByRole('main').className).not.toContain('resting')
    await stage.pass(3250)
    expect(screen.getByRole('main').className).toContain('resting')
    await press('c')
    expect(location.pathname).toBe('/wall/hall')
  })

  it('turn their pages and cameras, with the next picture there before', async () => {
    await stage.show('/wall/hall')
    await stage.pass(2000)
    // The tile that turns has its next camera ready.
    expect(stage.live.open.map(({ want }) => want.camera)).toEqual(['cam1', 'cam2', 'nowhere', 'cam3'])
    await stage.pass(3000)
    expect(ids()).toEqual(['cam1', 'cam3', 'nowhere'])
    expect(stage.live.open.map(({ want }) => want.camera)).not.toContain('cam2')
    await stage.pass(2500)
    expect(ids('prepared')).toEqual(['cam4'])
    const [prepared, gate] = [stage.live.of('cam4'), stage.live.of('cam1')]
    await stage.pass(2750)
    expect(ids()).toEqual(['cam4', 'cam1'])
    // What was watched before the turn is what is watched now.
    expect(stage.live.open).toEqual(expect.arrayContaining([prepared, gate]))
    expect(stage.live.open).toHaveLength(2)
  })

  it('stand still while there is no server, so that the last pictures stay, and go on when it is back', async () => {
    await stage.show('/wall/hall')
    await stage.pass(3000)
    stage.live.connect({ kind: 'down', since: Date.now(), nextTry: Date.now() + 60_000, message: '' })
    await stage.pass(0)
    expect(stage.live.open.map(({ want }) => want.camera)).toEqual(['cam1', 'cam2', 'nowhere'])
    await stage.pass(30_000)
    expect([ids(), ids('prepared'), stage.live.open.length]).toEqual([['cam1', 'cam2', 'nowhere'], [], 3])
    await press('PageDown')
    await stage.pass(0)
    expect(ids()).toEqual(['cam4', 'cam1'])
    await press('PageUp')
    stage.live.connect({ kind: 'up', since: Date.now() })
    await stage.pass(5000)
    expect(ids()).toEqual(['cam1', 'cam3', 'nowhere'])
    await stage.pass(6000)
    expect(ids()).toEqual(['cam4', 'cam1'])
  })

  it('are changed while they are shown', async () => {
    await stage.show('/wall/yard')
    const watch = stage.live.of('cam2')
    stage.walls = [hall, wallOf('yard', [{ tiles: [tileOf(1, 1, ['cam2'], { fit: 'cover' }), tileOf(0, 0, ['cam3'])] }], { revision: 2 })]
    await stage.pass(3000)
    expect(ids()).toEqual(['cam2', 'cam3'])
    expect(stage.live.of('cam2')).toBe(watch)
    expect(watch.want.fit).toBe('cover')
  })

  it('are told apart from those that are not there, and appear when they are made', async () => {
    await stage.show('/wall/garden')
    expect(screen.getByText('There is no wall named garden')).toBeTruthy()
    expect(screen.getAllByRole('link').map((link) => [link.textContent, link.getAttribute('href')])).toEqual([['Hall', '/wall/hall'], ['yard', '/wall/yard']])
    stage.walls = [hall, wallOf('garden', [{ tiles: [tileOf(0, 0, ['cam4'])] }])]
    await stage.pass(3000)
    expect([screen.queryByText(/There is no wall/), ids()]).toEqual([null, ['cam4']])
  })

  it('are chosen by keys, remembered, and found back', async () => {
    await stage.show()
    expect(ids()[0]).toBe('cam1')
    expect(ids()).toHaveLength(3)
    await press('2', { altKey: true })
    await stage.pass(0)
    expect([ids(), location.search]).toEqual([['cam2'], '?wall=yard'])
    await press('0', { altKey: true })
    await stage.pass(0)
    expect(ids()).toHaveLength(4)
    history.replaceState(null, '', '/?wall=hall')
    dispatchEvent(new PopStateEvent('popstate'))
    await stage.pass(0)
    expect(ids()).toHaveLength(3)
    await press('2', { altKey: true })
    cleanup()
    await stage.show()
    expect(ids()).toEqual(['cam2'])
  })

  it('show a part of a picture where they say so', async () => {
    const crop = { x: 0.25, y: 0, width: 0.5, height: 0.5 }
    stage.walls = [wallOf('parts', [{ tiles: [tileOf(0, 0, ['cam1']), tileOf(1, 0, ['cam1'], { crop })] }])]
    await stage.show('/wall/parts')
    expect(stage.live.open.map(({ want, view }) => [want.camera, view.width])).toEqual([['cam1', 1], ['cam1', 0.5]])
  })

  it('stand below each other on a small upright screen, where only what is seen is watched', async () => {
    const seen = new Map<Element, (seen: boolean) => void>()
    vi.stubGlobal('IntersectionObserver', class {
      readonly #tell: IntersectionObserverCallback
      constructor(tell: IntersectionObserverCallback) {
        this.#tell = tell
      }
      observe(target: Element): void {
        seen.set(target, (isIntersecting) => this.#tell([{ target, isIntersecting } as unknown as IntersectionObserverEntry], this as unknown as IntersectionObserver))
      }
      unobserve(): void { /* nothing is held */ }
    })
    vi.stubGlobal('innerWidth', 390)
    vi.stubGlobal('innerHeight', 844)
    await stage.show('/')
    expect(stage.live.open.every(({ running }) => !running)).toBe(true)
    seen.get(tiles()[1] as Element)?.(true)
    await stage.pass(0)
    expect(stage.live.open.filter(({ running }) => running).map(({ want }) => want.camera)).toEqual(['cam2'])
    seen.get(tiles()[1] as Element)?.(false)
    await stage.pass(0)
    expect(stage.live.open.filter(({ running }) => running)).toEqual([])
  })
})

describe('one camera', () => {
  it('fills the screen', async () => {
    stage.walls = [hall]
    await stage.show('/camera/cam3')
    expect([ids(), document.title]).toEqual([['cam3'], 'Camera 3 - Camwall'])
    await press('Escape')
    await stage.pass(0)
    expect([location.pathname, ids()]).toEqual(['/', ['cam1', 'cam2', 'nowhere']])
    cleanup()
    stage.live.answer = null
    await stage.show('/camera/nowhere')
    expect(states()).toEqual(['missing'])
  })
})

describe('a page that begins anew', () => {
  it('does so for another version, and shows what it showed until new pictures come', async () => {
    vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => done({ arrayBuffer: () => Promise.resolve(new Uint8Array(9).buffer) } as Blob))
    const close = vi.fn()
    vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 64, height: 36, close }))
    await stage.show('/wall/hall')
    stage.walls = [hall]
    stage.live.hello('one')
    await stage.pass(3000)
    expect(stage.reload).not.toHaveBeenCalled()
    stage.live.hello('two')
    await stage.pass(1500)
    expect(stage.reload).toHaveBeenCalledOnce()
    cleanup()
    stage.live = new TestLive()
    await stage.show('/wall/hall')
    expect(document.querySelectorAll('canvas[data-kept=cam1]')).toHaveLength(1)
    expect(close).toHaveBeenCalled()
    stage.live.of('cam1').say(sight('cam1'))
    await stage.pass(0)
    expect(document.querySelectorAll('canvas[data-kept=cam1]')).toHaveLength(0)
  })
})
