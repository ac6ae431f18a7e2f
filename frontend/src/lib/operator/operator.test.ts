import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { cameras } from '../../testing/cameras'
import { wall as makeWall, wallTile } from '../../testing/walls'
import { InventoryApi } from '../api/inventory'
import { Board } from '../state/board.svelte'
import { TileState } from '../state/tile.svelte'
import { WallState } from '../state/wall.svelte'
import { noFigures, type TileSight, type Watch } from '../live/watch'
import { OperatorState } from './operator.svelte'
import { storeInBrowser, type Stored } from './snapshot'
import { noAnswer } from '../api/result'
import { SwapState } from './swap.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  document.body.innerHTML = ''
})

const sight: TileSight = { phase: 'told', status: null, refusal: null, pictureTime: 5000, live: true, unchangedSince: null, reduced: '', figures: noFigures }

/** A wall of two cameras on the screen, the first of which can be turned. */
function stage(answer: Answer = () => new Response(null, { status: 204 }), hasSound = true) {
  const server = answers(answer)
  const sounds: string[] = []
  const live = {
    watch: ({ camera }: { camera: string }): Watch => ({
      sight, change: () => undefined, setView: () => undefined, resize: () => undefined, stop: () => undefined, start: () => undefined, close: () => undefined,
      sound: (on) => sounds.push(`${camera} ${on}`),
    }),
  }
  const store: { next: Stored | null } = { next: null }
  const swap = new SwapState()
  const wall = new WallState({ panels: null, remembered: '', swaps: swap })
  wall.setCameras(cameras(2).map((camera) => ({ ...camera, ptz: camera.number === 1 })))
  wall.setWalls([makeWall('hall', 2, 1, [wallTile(0, 0, ['cam1']), wallTile(1, 0, ['cam2'])])])
  const board = new Board()
  const tiles = wall.tiles.map((slot) => {
    const tile = new TileState({ live, prefer: 'auto' }, { slot: slot.id, camera: slot.cameras[0] ?? '', stream: 'auto', fit: 'contain' })
    tile.paintOn(document.createElement('canvas'))
    tile.resize({ width: 100, height: 100 })
    board.put(slot.key, tile, { kind: 'live', unchangedSince: null, behindMs: 0, reduced: '' })
    return tile
  })
  const inventory = new InventoryApi({ fetch: server.fetch, timeoutMs: 1000 })
  const operator = new OperatorState({ swap, board, wall, inventory, fetch: server.fetch, page: document, hasSound, store: (blob, name) => (store.next === null ? storeInBrowser(document)(blob, name) : Promise.resolve(store.next)) })
  const [first, second] = wall.tiles.map(({ id }) => id) as [string, string]
  return { operator, wall, board, tiles, swap, store, sounds, first, second, asked: () => server.asked.map(({ what }) => what) }
}

describe('OperatorState', () => {
  it('acts by keys on the place with the focus', () => {
    const { operator, wall, second } = stage()
    wall.focusOn(second)
    const { tile, cameras: all } = operator.keys()
    expect([tile?.place, all.length]).toEqual([second, 2])
    expect(tile?.zoom).toBe(operator.zoomOf(second))
    // Any id of a camera names a place on the wall of all cameras.
    expect(operator.zoomOf('constructor').zoomed).toBe(false)
    wall.setWalls([makeWall('hall', 1, 1, [])])
    expect(operator.keys().tile).toBeNull()
  })

  it('shows one thing at a time', () => {
    const { operator } = stage()
    operator.keys().openSearch()
    expect([operator.open.kind, operator.busy]).toEqual(['search', true])
    operator.keys().edit()
    expect(operator.open).toMatchObject({ kind: 'edit', fresh: false, wall: { name: 'hall' } })
    operator.close()
    expect(operator.busy).toBe(false)
  })

  it('asks what is open before something else comes, and goes on when it is meant so', () => {
    const { operator } = stage()
    operator.edit()
    const asked: (() => void)[] = []
    const end = operator.guard((go) => asked.push(go) > 0)
    const went: string[] = []
    operator.show({ kind: 'walls' })
    expect([operator.leave(() => went.push('away')), operator.open.kind]).toEqual([true, 'edit'])
    operator.close()
    asked[0]?.()
    asked[1]?.()
    expect([operator.open.kind, went]).toEqual(['walls', ['away']])
    // Only what is open asks.
    end()
    expect([operator.leave(() => undefined), operator.open.kind, asked.length]).toEqual([false, 'nothing', 2])
  })

  it('covers the wall with what fills the screen', () => {
    const { operator } = stage()
    const covering = (['search', 'walls', 'new', 'statistics'] as const).filter((kind) => {
      operator.show({ kind })
      return operator.covers
    })
    operator.edit()
    expect([covering, operator.covers]).toEqual([['statistics'], true])
  })

  it.each<[string, (wall: WallState) => void, string]>([
    ['a wall of camwall.yaml', (wall) => wall.setWalls([makeWall('hall', 1, 1, [], { provisioned: true })]), 'walls'],
    ['no wall at all', (wall) => wall.setWalls([]), 'new'],
    ['one camera', (wall) => wall.show({ kind: 'camera', id: 'cam1' }), 'walls'],
  ])('edits %s by another way', (_, arrange, kind) => {
    const { operator, wall } = stage()
    arrange(wall)
    operator.edit()
    expect(operator.open.kind).toBe(kind)
  })

  it('lets one tile be heard', () => {
    const { operator, sounds, first, second, tiles } = stage()
    operator.toggleSound(first)
    operator.toggleSound(second)
    operator.toggleSound(second)
    operator.toggleSound('nowhere')
    expect(sounds).toEqual(['cam1 true', 'cam1 false', 'cam2 true', 'cam2 false'])
    expect(tiles.map(({ sounding }) => sounding)).toEqual([false, false])
  })

  it('says when the browser has no sound', () => {
    const { operator, sounds, first } = stage(undefined, false)
    operator.toggleSound(first)
    expect([sounds, operator.notice]).toEqual([[], { kind: 'noSound' }])
    vi.advanceTimersByTime(6000)
    expect(operator.notice).toBeNull()
  })

  it('turns a camera that can be turned, and no other', () => {
    const { operator, wall, first, second } = stage()
    wall.focusOn(first)
    operator.togglePtz(first)
    expect(operator.turning).toMatchObject({ slot: first, camera: 'cam1' })
    expect(operator.keys().tile?.hand).toBe(operator.turning?.hand)
    operator.togglePtz(first)
    expect(operator.turning).toBeNull()
    operator.togglePtz(second)
    expect([operator.turning, operator.notice]).toEqual([null, { kind: 'ptzCannot' }])
  })

  it('stops a camera when the focus goes, or another camera comes', async () => {
    const { operator, wall, first, second, asked } = stage()
    wall.focusOn(first)
    operator.togglePtz(first)
    operator.turning?.hand.down('ArrowLeft', false)
    await vi.advanceTimersByTimeAsync(300)
    operator.settle()
    expect(operator.turning).not.toBeNull()
    wall.focusOn(second)
    operator.settle()
    expect(operator.turning).toBeNull()
    expect(asked()).toEqual(['POST /api/v1/cameras/cam1/ptz', 'POST /api/v1/cameras/cam1/ptz'])
  })

  it('connects anew, and says what came of it', async () => {
    const { operator, first, asked } = stage()
    await operator.retry(first)
    expect([asked(), operator.notice]).toEqual([['POST /api/v1/cameras/cam1/retry'], { kind: 'retrying' }])
    const refused = stage(() => problem(404, 'not_found'))
    await refused.operator.retry(refused.first)
    expect(refused.operator.notice).toMatchObject({ kind: 'problem', problem: { code: 'not_found' } })
  })

  it('keeps a picture', async () => {
    vi.stubGlobal('URL', { createObjectURL: () => 'blob:1', revokeObjectURL: () => undefined })
    const names: string[] = []
    document.addEventListener('click', (event) => {
      event.preventDefault()
      names.push((event.target as HTMLAnchorElement).download)
    }, { once: true })
    const { operator, first } = stage(() => new Response('jpeg'))
    await operator.snapshot(first)
    expect(names).toEqual([expect.stringMatching(/^Camera 1_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.jpg$/)])
    expect(operator.notice).toEqual({ kind: 'snapshotSaved', name: names[0] })
    vi.unstubAllGlobals()
  })

  it('says when there is no picture to keep', async () => {
    const { operator, first, tiles } = stage(() => problem(503, 'idle'))
    const canvas = tiles[0]?.canvas as HTMLCanvasElement
    canvas.toBlob = (done) => done(null)
    await operator.snapshot(first)
    expect(operator.notice).toEqual({ kind: 'snapshotNone' })
  })

  it('says what became of a picture, and nothing where it was not wanted after all', async () => {
    const { operator, store, first } = stage(() => new Response('jpeg'))
    store.next = { kind: 'cancelled' }
    await operator.snapshot(first)
    expect(operator.notice).toBeNull()
    store.next = { kind: 'stored', name: 'Gate 2.jpg' }
    await operator.snapshot(first)
    expect(operator.notice).toEqual({ kind: 'snapshotSaved', name: 'Gate 2.jpg' })
    store.next = { kind: 'failed', problem: { ...noAnswer(''), status: 507 } }
    await operator.snapshot(first)
    expect(operator.notice).toMatchObject({ kind: 'notKept', problem: { status: 507 } })
  })

  it('takes back what was put into tiles, and says so', () => {
    const { operator, swap, first } = stage()
    expect(operator.keys().takeBack()).toBe(false)
    swap.put(first, 'cam2')
    expect(operator.keys().takeBack()).toBe(true)
    expect([swap.any, operator.notice]).toEqual([false, { kind: 'takenBack' }])
  })

  it('opens the menu by key over its tile', () => {
    const { operator, wall, second } = stage()
    wall.focusOn(second)
    operator.keys().tile?.openMenu()
    expect(operator.open.kind).toBe('nothing')
    document.body.innerHTML = '<div></div>'
    const element = document.body.firstElementChild as HTMLElement
    element.dataset['slot'] = second
    element.getBoundingClientRect = () => new DOMRect(300, 0, 300, 150)
    operator.keys().tile?.openMenu()
    expect(operator.open).toEqual({ kind: 'menu', slot: second, x: 400, y: 50 })
  })

  it('ends with every camera standing still', async () => {
    const { operator, wall, first, asked } = stage()
    wall.focusOn(first)
    operator.togglePtz(first)
    operator.turning?.hand.down('ArrowLeft', false)
    await vi.advanceTimersByTimeAsync(300)
    operator.end()
    expect(asked()).toHaveLength(2)
  })
})
