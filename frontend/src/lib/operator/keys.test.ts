import { describe, expect, it, vi } from 'vitest'
import { cameras } from '../../testing/cameras'
import { isWritten, operatorKeys, operatorKeyUp, type KeyContext, type KeyPress, type KeyTile } from './keys'
import type { PtzHand } from './ptz-hand'
import { SwapState } from './swap.svelte'
import { ZoomState } from './zoom.svelte'

function stage(but: Partial<KeyTile> | null = {}) {
  const did: string[] = []
  const swap = new SwapState()
  const zoom = new ZoomState()
  const tile: KeyTile | null = but === null ? null : {
    place: 'hall/0.0', zoom, hand: null, snapshot: () => did.push('snapshot'), toggleSound: () => did.push('sound'), togglePtz: () => did.push('ptz'),
    openMenu: () => did.push('menu'), ...but,
  }
  const context: KeyContext = {
    swap, tile, cameras: cameras(12), openSearch: () => did.push('search'), edit: () => did.push('edit'),
    takeBack: () => swap.takeBack(),
  }
  const press = (key: string, more: Partial<KeyPress> = {}): boolean =>
    operatorKeys({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: false, target: null, ...more }, context)
  return { did, swap, zoom, press, context }
}

describe('operatorKeys', () => {
  it.each([['s', 'snapshot'], ['S', 'snapshot'], ['m', 'sound'], ['p', 'ptz'], ['/', 'search'], ['e', 'edit'], ['ContextMenu', 'menu']])('%s: %s', (key, what) => {
    const { did, press } = stage()
    expect(press(key)).toBe(true)
    expect(did).toEqual([what])
  })

  it.each(['s', 'm', 'p', 'e'])('%s that is held down acts once', (key) => {
    const { did, press } = stage()
    expect(press(key, { repeat: true })).toBe(true)
    expect(did).toEqual([])
  })

  it.each(['ctrlKey', 'metaKey', 'altKey'] as const)('leaves keys with %s to others', (modifier) => {
    const { did, press } = stage()
    expect([press('s', { [modifier]: true }), press('1', { [modifier]: true })]).toEqual([false, false])
    expect(did).toEqual([])
  })

  it('leaves alone what is the wall\'s', () => {
    const { press } = stage()
    expect(['Enter', 'Escape', 'Backspace', 'r', 'ArrowLeft', 'i', ' ', 'F10'].filter((key) => press(key))).toEqual([])
    expect(press('F10', { shiftKey: true })).toBe(true)
  })

  it('makes digits and Enter a camera in the tile, before Enter enlarges', () => {
    const { press, swap } = stage()
    expect([press('1'), press('2'), press('2', { repeat: true }), press('Enter'), press('Enter')]).toEqual([true, true, true, true, false])
    expect(swap.at('hall/0.0')).toBe('cam12')
    expect(press('r')).toBe(true)
    expect([swap.any, press('r')]).toEqual([false, false])
  })

  it('clears digits with Escape before Escape goes back', () => {
    const { press } = stage()
    press('1')
    expect([press('Backspace'), press('1'), press('Escape'), press('Escape')]).toEqual([true, true, true, false])
  })

  it('takes no number without a tile for it, but finds and edits', () => {
    const { press, did } = stage(null)
    expect(['1', 's', 'z', '+'].filter((key) => press(key))).toEqual([])
    press('/')
    press('e')
    expect(did).toEqual(['search', 'edit'])
  })

  it('zooms and pans', () => {
    const { press, zoom } = stage()
    expect(press('ArrowLeft', { shiftKey: true })).toBe(false)
    press('+')
    press('=')
    press('-')
    expect(zoom.times).toBeCloseTo(1.5)
    const { x } = zoom.view
    for (const key of ['ArrowLeft', 'ArrowUp']) press(key, { shiftKey: true })
    expect(zoom.view.x).toBeLessThan(x)
    for (const key of ['ArrowRight', 'ArrowDown']) press(key, { shiftKey: true })
    expect(zoom.view.x).toBeCloseTo(x)
    press('z')
    expect(zoom.zoomed).toBe(false)
  })

  it('gives keys to the hand that turns a camera', () => {
    const hand = { down: vi.fn((key: string) => key !== 's' && key !== 'p' && key !== 'Escape'), up: vi.fn() }
    const { press, did, swap, context } = stage({ hand: hand as unknown as PtzHand })
    expect([press('ArrowLeft'), press('1'), press('s'), press('p'), press('Escape')]).toEqual([true, true, true, true, true])
    expect(did).toEqual(['snapshot', 'ptz', 'ptz'])
    expect(swap.typing).toBe(false)
    operatorKeyUp({ key: 'ArrowLeft' }, context)
    expect(hand.up).toHaveBeenCalledWith('ArrowLeft')
    operatorKeyUp({ key: 'x' }, stage(null).context)
  })

  it.each([['<input>', true], ['<select></select>', true], ['<div role="menu"><button></button></div>', true], ['<div data-own-keys><i></i></div>', true], ['<button></button>', false]])(
    'in %s keys are its own: %s', (html, own) => {
      document.body.innerHTML = html
      const target = document.body.querySelector('input, select, i, button') as HTMLElement
      expect(isWritten(target)).toBe(own)
      const { press } = stage()
      expect(press('s', { target })).toBe(!own)
    })
})
