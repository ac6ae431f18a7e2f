import { describe, expect, it } from 'vitest'
import { TurnTable } from './turn-table'

/** Work that ends when the test says so. */
function work() {
  const state = { runs: 0, most: 0, done: 0 }
  const ends: (() => void)[] = []
  const run = async (): Promise<void> => {
    state.most = Math.max(state.most, ++state.runs)
    await new Promise<void>((resolve) => ends.push(resolve))
    state.runs--
    state.done++
  }
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 10; n++) await Promise.resolve()
  }
  return { state, run, settle, end: async () => {
    ends.shift()?.()
    await settle()
  } }
}

const { signal } = new AbortController()

describe('TurnTable', () => {
  it('runs so many at a time, in order, all of them', async () => {
    const turns = new TurnTable(2)
    const { state, run, settle, end } = work()
    const all = Array.from({ length: 5 }, () => turns.take(false, signal, run))
    await settle()
    expect(state).toMatchObject({ runs: 2, done: 0 })
    for (let n = 0; n < 5; n++) await end()
    await Promise.all(all)
    expect(state).toEqual({ runs: 0, most: 2, done: 5 })
  })

  it('keeps turns free for what has hope', async () => {
    const turns = new TurnTable(4)
    const dead = work()
    for (let n = 0; n < 6; n++) void turns.take(true, signal, dead.run)
    await dead.settle()
    expect(dead.state.runs).toBe(2)
    const good = work()
    void turns.take(false, signal, good.run)
    await good.settle()
    expect(good.state.runs).toBe(1)
  })

  it('leaves out what nobody wants any more, and goes on after what fails', async () => {
    const turns = new TurnTable(1)
    const end = new AbortController()
    const { state, run, settle } = work()
    await expect(turns.take(false, signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    end.abort()
    await turns.take(false, end.signal, run)
    expect(state.most).toBe(0)
    void turns.take(false, signal, run)
    await settle()
    expect(state.runs).toBe(1)
  })
})
