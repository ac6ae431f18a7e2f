import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, describe, expect, it } from 'vitest'
import { decodeWall, type WallTile } from '../../lib/api/walls'
import { operatorEn as m } from '../../lib/messages/operator-en'
import type { Content } from '../../lib/operator/wall-layout'
import TileForm from './TileForm.svelte'

const boxes = ['number', 'name', 'clock', 'statistics'] as const

afterEach(cleanup)

/** The form of a tile that the server tells so, which keeps what is set. */
function show(told: object): { tile: () => WallTile; checked: () => string[]; toggle: (box: (typeof boxes)[number]) => Promise<void> } {
  const wall = decodeWall({ name: 'hall', columns: 1, rows: 1, pages: [{ tiles: [{ column: 0, row: 0, width: 1, height: 1, ...told }] }] })
  let [tile] = wall?.pages[0]?.tiles ?? []
  if (tile === undefined) throw new Error('the wall has no tile')
  const props = (): object => ({
    m, tile: tile as WallTile, names: new Map(), onsplit: () => {}, onremove: () => {},
    onset: (content: Partial<Content>) => {
      tile = { ...(tile as WallTile), ...content }
    },
  })
  const { rerender } = render(TileForm, props())
  const box = (name: (typeof boxes)[number]): HTMLInputElement => screen.getByLabelText(m.overlays[name])
  return {
    tile: () => tile as WallTile,
    checked: () => boxes.filter((name) => box(name).checked),
    toggle: async (name) => {
      await fireEvent.click(box(name))
      await rerender(props())
    },
  }
}

describe('what a tile shows on its picture', () => {
  it.each([[{}], [{ overlay: null }]])('is number and name where nothing is said: %o', (told) => {
    expect(show(told).checked()).toEqual(['number', 'name'])
  })

  it('keeps number and name when the clock comes', async () => {
    const { tile, checked, toggle } = show({})
    await toggle('clock')
    expect(tile().overlay).toEqual({ number: true, name: true, clock: true, statistics: false })
    expect(checked()).toEqual(['number', 'name', 'clock'])
  })

  it('is nothing when all is off', async () => {
    const { tile, checked, toggle } = show({})
    await toggle('number')
    await toggle('name')
    expect(tile().overlay).toEqual({ number: false, name: false, clock: false, statistics: false })
    expect(checked()).toEqual([])
    cleanup()
    expect(show({ overlay: tile().overlay }).checked()).toEqual([])
  })
})
