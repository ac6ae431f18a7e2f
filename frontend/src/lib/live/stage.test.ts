import { describe, expect, it, vi } from 'vitest'
import { Stage } from './stage'

describe('Stage', () => {
  it('paints all that called in one frame, each once', () => {
    const frames: (() => void)[] = []
    const after = vi.fn()
    const stage = new Stage((callback) => frames.push(callback), after)
    const [one, other, gone] = [{ paint: vi.fn() }, { paint: vi.fn() }, { paint: vi.fn() }]
    stage.call(one)
    stage.call(one)
    stage.call(other)
    stage.call(gone)
    stage.dismiss(gone)
    expect(frames).toHaveLength(1)
    frames[0]?.()
    expect([one, other, gone].map(({ paint }) => paint.mock.calls.length)).toEqual([1, 1, 0])
    expect(after).toHaveBeenCalledOnce()
    stage.call(one)
    expect(frames).toHaveLength(2)
  })

  it('goes on with the others when one cannot be painted', () => {
    const frames: (() => void)[] = []
    const after = vi.fn()
    const stage = new Stage((callback) => frames.push(callback), after)
    const good = { paint: vi.fn() }
    stage.call({ paint: () => { throw new Error('detached') } })
    stage.call(good)
    frames[0]?.()
    expect(good.paint).toHaveBeenCalledOnce()
    expect(after).toHaveBeenCalledOnce()
  })
})
