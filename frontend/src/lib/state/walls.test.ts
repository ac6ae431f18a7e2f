import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tileOf, wallOf } from '../../testing/hall'
import { noAnswer, type Result } from '../api/result'
import type { Wall } from '../api/walls'
import { WallsState } from './walls.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const fresh = (): Wall[] => [wallOf('hall', [{ tiles: [tileOf(0, 0, ['a'])] }]), wallOf('yard', [{}])]

function running(first: Result<Wall[]>, before: readonly Wall[] | null = null) {
  const list = vi.fn<(signal: AbortSignal) => Promise<Result<Wall[]>>>().mockResolvedValue(first)
  const walls = new WallsState({ api: { list }, before })
  const end = new AbortController()
  const ended = walls.run(end.signal)
  return { walls, list, end, ended }
}

describe('WallsState', () => {
  it('takes up a change within 3 s, and leaves what has not changed alone', async () => {
    const { walls, list, end, ended } = running({ kind: 'ok', value: fresh() })
    expect(walls.walls).toBeNull()
    await vi.advanceTimersByTimeAsync(0)
    const before = walls.walls
    list.mockResolvedValue({ kind: 'ok', value: fresh() })
    await vi.advanceTimersByTimeAsync(2500)
    expect(walls.walls).toBe(before)
    const [hall, yard] = fresh()
    list.mockResolvedValue({ kind: 'ok', value: [{ ...hall, revision: 2 } as Wall, yard as Wall] })
    await vi.advanceTimersByTimeAsync(2500)
    expect(walls.walls?.[0]?.revision).toBe(2)
    expect(walls.walls?.[1]).toBe(before?.[1])
    list.mockResolvedValue({ kind: 'ok', value: [] })
    await vi.advanceTimersByTimeAsync(2500)
    expect(walls.walls).toEqual([])
    end.abort()
    await ended
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps the last ones while the server is gone', async () => {
    const { walls, list, end } = running({ kind: 'ok', value: fresh() })
    await vi.advanceTimersByTimeAsync(0)
    list.mockResolvedValue({ kind: 'error', problem: noAnswer('gone') })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(walls.walls).toHaveLength(2)
    end.abort()
  })

  it('begins with what the page before knew', () => {
    const before = fresh()
    const { walls, end } = running({ kind: 'aborted' }, before)
    expect(walls.walls).toBe(before)
    end.abort()
  })

  it('goes without walls where the server knows none, not where it can not say', async () => {
    for (const status of [0, 429, 500, 503]) {
      const silent = running({ kind: 'error', problem: { ...noAnswer('gone'), status } })
      await vi.advanceTimersByTimeAsync(0)
      expect(silent.walls.walls, String(status)).toBeNull()
      silent.list.mockResolvedValue({ kind: 'ok', value: fresh() })
      await vi.advanceTimersByTimeAsync(2500)
      expect(silent.walls.walls).toHaveLength(2)
      silent.end.abort()
    }
    const without = running({ kind: 'error', problem: { ...noAnswer('no'), status: 404 } })
    await vi.advanceTimersByTimeAsync(0)
    expect(without.walls.walls).toEqual([])
    without.end.abort()
  })
})
