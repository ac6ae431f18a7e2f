import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cameras } from '../../testing/cameras'
import { byId, findCameras, nameOf, stateWord } from './find'
import { camera } from '../../testing/cameras'
import { SwapState } from './swap.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function typed(swap: SwapState, digits: string): void {
  for (const digit of digits) swap.type(digit)
}

describe('SwapState', () => {
  it('puts a camera by its number into a place, and takes it back', () => {
    const swap = new SwapState()
    typed(swap, '12')
    expect(swap.typed).toEqual({ kind: 'digits', digits: '12' })
    expect([swap.at('hall/0.1'), swap.at('constructor')]).toEqual([null, null])
    expect(swap.enter('hall/0.1', cameras(12))).toBe(true)
    expect(swap.at('hall/0.1')).toBe('cam12')
    expect(swap.typing).toBe(false)
    typed(swap, '3')
    swap.enter('hall/1.0', cameras(12))
    swap.putBack('hall/0.1')
    expect([swap.at('hall/0.1'), swap.at('hall/1.0'), swap.any]).toEqual([null, 'cam3', true])
    expect(swap.takeBack()).toBe(true)
    expect([swap.at('hall/1.0'), swap.any, swap.takeBack()]).toEqual([null, false, false])
  })

  it.each([['13', 13], ['0', 0], ['007', 7]])('says of %s when there is no such camera', (digits, number) => {
    const swap = new SwapState()
    typed(swap, digits)
    expect(swap.enter('a', cameras(4))).toBe(false)
    expect(swap.typed).toEqual({ kind: 'unknown', number })
    expect(swap.at('a')).toBeNull()
    vi.advanceTimersByTime(5000)
    expect(swap.typed).toEqual({ kind: 'nothing' })
  })

  it('does nothing without Enter, and forgets what nobody finishes', () => {
    const swap = new SwapState()
    typed(swap, '1')
    vi.advanceTimersByTime(4900)
    typed(swap, '2')
    vi.advanceTimersByTime(4900)
    expect(swap.typed).toEqual({ kind: 'digits', digits: '12' })
    vi.advanceTimersByTime(200)
    expect([swap.typed.kind, swap.any]).toEqual(['nothing', false])
    expect(swap.enter('a', cameras(12))).toBe(false)
  })

  it('takes digits back one by one, or all', () => {
    const swap = new SwapState()
    typed(swap, '12345678')
    expect(swap.typed).toMatchObject({ digits: '123456' })
    swap.rubOut()
    expect(swap.typed).toMatchObject({ digits: '12345' })
    expect(swap.clear()).toBe(true)
    expect(swap.clear()).toBe(false)
    typed(swap, '1')
    swap.rubOut()
    swap.rubOut()
    expect(swap.typed.kind).toBe('nothing')
  })
})

describe('findCameras', () => {
  const all = [camera(2, { name: 'Main gate', text: 'north' }), camera(12, { name: 'Yard' }), camera(1, { name: 'Gate 2' }), camera(0, { id: 'roof', name: '' })]
  it.each([
    ['', 'cam2 cam12 cam1 roof'], ['gate', 'cam2 cam1'], ['GATE  north', 'cam2'], ['2', 'cam2 cam12 cam1'], ['12', 'cam12'], ['roof', 'roof'], ['nothing', ''],
  ])('%o finds %s', (query, ids) => {
    expect(findCameras(all, query).map(({ id }) => id).join(' ')).toBe(ids)
  })

  it('names cameras, and says in a word what is wrong', () => {
    expect(all.map(nameOf)).toEqual(['Main gate', 'Yard', 'Gate 2', 'roof'])
    expect(byId(all).get('cam12')?.name).toBe('Yard')
    const words = (['live', 'idle', 'connecting', 'disabled', 'silent', 'retrying', 'unauthorized', 'busy'] as const).map((state) => stateWord(camera(1, { state })))
    expect(words).toEqual(['live', null, null, 'off', 'away', 'away', 'refused', 'busy'])
  })
})
