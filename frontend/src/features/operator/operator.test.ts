import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { tick } from 'svelte'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { camera, cameras } from '../../testing/cameras'
import type { Camera } from '../../lib/api/camera'
import { openDialogs } from '../../testing/dialogs'
import { operatorEn as m } from '../../lib/messages/operator-en'
import { tileActions, type TileTools } from '../../lib/operator/actions'
import CameraSearch from './CameraSearch.svelte'
import Notice from './Notice.svelte'
import TileMenu from './TileMenu.svelte'
import Typed from './Typed.svelte'

beforeEach(openDialogs)
afterEach(cleanup)

const press = (key: string, more: object = {}): Promise<boolean> => fireEvent.keyDown(document.activeElement as Element, { key, ...more })

describe('the search for a camera', () => {
  function show(puts = true, all = [...cameras(3), camera(12, { name: 'Yard', state: 'retrying' })]) {
    const did: string[] = []
    render(CameraSearch, { m, cameras: all, puts, onput: ({ id }: Camera) => did.push(`put ${id}`), onopen: ({ id }: Camera) => did.push(`open ${id}`), onclose: () => did.push('close') })
    return did
  }
  const chosen = (): string | undefined => document.querySelector<HTMLElement>('[aria-selected=true]')?.dataset['camera']

  it('is ready to be typed into, and follows the arrows', async () => {
    const did = show()
    expect(document.activeElement).toBe(screen.getByRole('combobox'))
    expect(chosen()).toBe('cam1')
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await press(key)
    expect(chosen()).toBe('cam2')
    expect(screen.getByRole('combobox').getAttribute('aria-activedescendant')).toBe(document.querySelector('[aria-selected=true]')?.id)
    await press('Enter')
    expect(did).toEqual(['close', 'put cam2'])
  })

  it('finds by number and name, and says how many', async () => {
    const did = show()
    await fireEvent.input(screen.getByRole('combobox'), { target: { value: 'yard' } })
    expect(screen.getAllByRole('option')).toHaveLength(1)
    expect(screen.getByText('offline')).toBeTruthy()
    expect(screen.getByRole('status').textContent).toBe('1 camera')
    await press('Enter', { ctrlKey: true })
    expect(did).toEqual(['close', 'open cam12'])
    await fireEvent.input(screen.getByRole('combobox'), { target: { value: 'zzz' } })
    expect(screen.getByText('No camera matches "zzz".')).toBeTruthy()
    await press('Enter')
    expect(did).toHaveLength(2)
    await press('Escape')
    expect(screen.getAllByRole('option')).toHaveLength(4)
    await press('Escape')
    expect(did.at(-1)).toBe('close')
  })

  it('shows a camera alone where no tile takes it, by a click too', async () => {
    const did = show(false)
    expect(screen.getByText(m.enterOpens)).toBeTruthy()
    await fireEvent.click(screen.getByText('Camera 3'))
    expect(did).toEqual(['close', 'open cam3'])
  })

  it('says when there are none', () => {
    show(true, [])
    expect(screen.getByText(m.noCameras)).toBeTruthy()
  })
})

describe('the menu of a tile', () => {
  const tools = (but: Partial<TileTools> = {}): TileTools => ({
    enlarged: false, toggleEnlarged: () => undefined, playing: 'playing', pause: () => undefined, stop: () => undefined, play: () => undefined, snapshot: () => undefined,
    sounding: false, toggleSound: () => undefined, zoomed: false, zoomReset: () => undefined, turning: false, togglePtz: null, retry: () => undefined, putBack: null,
    showAlone: null, settings: () => undefined, statistics: () => undefined, ...but,
  })
  const ids = (but: Partial<TileTools>): string => tileActions(tools(but), m).map(({ id }) => id).join(' ')

  it('offers what can be done now', () => {
    expect(ids({})).toBe('enlarge pause stop snapshot sound retry settings statistics')
    expect(ids({ playing: 'paused' })).toContain('enlarge play stop')
    expect(ids({ playing: 'stopped' })).toContain('enlarge play snapshot')
    const full = { zoomed: true, togglePtz: () => undefined, putBack: () => undefined, showAlone: () => undefined }
    expect(ids(full)).toBe('enlarge pause stop snapshot sound zoom-reset ptz put-back retry alone settings statistics')
    expect(tileActions(tools({ ...full, enlarged: true, sounding: true, turning: true }), m).map(({ label }) => label)).toEqual(expect.arrayContaining([m.reduce, m.soundOff, m.ptzOff]))
  })

  async function show() {
    const did: string[] = []
    document.body.insertAdjacentHTML('beforeend', '<button id="tile">tile</button>')
    document.getElementById('tile')?.focus()
    const { unmount } = render(TileMenu, {
      label: 'menu', x: 9000, y: 20, onclose: () => did.push('close'),
      actions: tileActions(tools({ snapshot: () => did.push('snapshot'), pause: () => did.push('pause'), statistics: () => did.push('statistics') }), m),
    })
    await tick()
    return { did, unmount }
  }
  afterEach(() => document.getElementById('tile')?.remove())

  it('is walked by arrows, round and round, and gives the focus back', async () => {
    const { unmount } = await show()
    const at = (): string | undefined => (document.activeElement as HTMLElement).dataset['action']
    expect(at()).toBe('enlarge')
    await press('ArrowUp')
    expect(at()).toBe('statistics')
    await press('ArrowDown')
    await press('ArrowDown')
    expect(at()).toBe('pause')
    await press('End')
    await press('Home')
    expect(at()).toBe('enlarge')
    unmount()
    expect(document.activeElement?.id).toBe('tile')
  })

  it('closes before it acts, by click and by the same keys as on the tile', async () => {
    const { did } = await show()
    await press('S')
    await tick()
    expect(did).toEqual(['close', 'snapshot'])
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Pause' }))
    await tick()
    expect(did.slice(2)).toEqual(['close', 'pause'])
  })

  it.each(['Escape', 'Tab'])('closes by %s', async (key) => {
    const { did } = await show()
    expect(await press(key)).toBe(false)
    expect(did).toEqual(['close'])
  })

  it('closes by a press elsewhere, not by one on it', async () => {
    const { did } = await show()
    await fireEvent.pointerDown(screen.getByRole('menu'))
    expect(did).toEqual([])
    await fireEvent.pointerDown(document.body)
    expect(did).toEqual(['close'])
  })
})

describe('what is said', () => {
  const said = (): string => document.querySelector('[aria-live=polite]')?.textContent ?? 'nothing is there'
  it('of digits that are typed', async () => {
    const { rerender } = render(Typed, { m, typed: { kind: 'digits', digits: '12' } })
    expect(said().replace(/\s+/g, ' ').trim()).toBe('12 Enter shows camera 12 here.')
    await rerender({ typed: { kind: 'unknown', number: 12 } })
    expect(said().trim()).toBe('There is no camera 12.')
    await rerender({ typed: { kind: 'nothing' } })
    expect(said().trim()).toBe('')
  })

  it('of what was done', async () => {
    const { rerender } = render(Notice, { m, notice: { kind: 'snapshotShown', name: 'a.jpg' } })
    expect(said()).toBe(m.snapshotShown('a.jpg'))
    await rerender({ notice: { kind: 'retrying' } })
    expect(said()).toBe(m.retrying)
    await rerender({ notice: null })
    expect(said()).toBe('')
  })
})
