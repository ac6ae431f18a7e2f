import { afterEach, describe, expect, it, vi } from 'vitest'
import { grow, measure } from './measure'

afterEach(() => void vi.unstubAllGlobals())

function observing(entry: Partial<ResizeObserverEntry>, knowsPixels: boolean) {
  const boxes: (string | undefined)[] = []
  const left = vi.fn()
  vi.stubGlobal('ResizeObserver', class {
    readonly #tell: ResizeObserverCallback
    constructor(tell: ResizeObserverCallback) {
      this.#tell = tell
    }
    observe(_: Element, options?: ResizeObserverOptions): void {
      boxes.push(options?.box)
      if (options?.box !== undefined && !knowsPixels) throw new TypeError('no such box')
      this.#tell([entry as ResizeObserverEntry], this as unknown as ResizeObserver)
    }
    disconnect = left
  })
  vi.stubGlobal('devicePixelRatio', 1.5)
  const sizes: unknown[] = []
  const stop = measure(document.createElement('div'), (size) => sizes.push(size))
  return { sizes, boxes, left, stop }
}

const rect = (left: number, top: number, width: number, height: number): DOMRect => ({ left, top, width, height }) as DOMRect

describe('measure', () => {
  it('takes the pixels that the screen has', () => {
    const { sizes, left, stop } = observing({ devicePixelContentBoxSize: [{ inlineSize: 961, blockSize: 541 }], contentRect: rect(0, 0, 640, 360) }, true)
    expect(sizes).toEqual([{ width: 961, height: 541 }])
    stop()
    expect(left).toHaveBeenCalledOnce()
  })

  it('reckons them where the browser does not tell', () => {
    const { sizes, boxes } = observing({ contentRect: rect(0, 0, 640.3, 360) }, false)
    expect([sizes, boxes]).toEqual([[{ width: 960, height: 540 }], ['device-pixel-content-box', undefined]])
  })

  it('has nothing to tell of what is not laid out', () => {
    expect(observing({ contentRect: rect(0, 0, 0, 0) }, false).sizes).toEqual([])
  })
})

describe('grow', () => {
  function moved(before: DOMRect, after: DOMRect, still = false) {
    vi.stubGlobal('matchMedia', () => ({ matches: still }))
    const element = document.createElement('div')
    const animate = vi.fn<Element['animate']>()
    element.animate = animate
    element.getBoundingClientRect = () => after
    grow(element, before)
    return animate
  }

  it('moves an element from where it was', () => {
    const animate = moved(rect(100, 50, 100, 50), rect(0, 0, 400, 200))
    expect(animate.mock.calls[0]?.[0]).toMatchObject([{ transform: 'translate(100px, 50px) scale(0.25, 0.25)' }, { transform: 'none' }])
    expect(animate.mock.calls[0]?.[1]).toMatchObject({ duration: 180 })
  })

  it('moves nothing that stays, is not laid out, or for who wants no motion', () => {
    expect(moved(rect(0, 0, 10, 10), rect(0, 0, 10, 10))).not.toHaveBeenCalled()
    expect(moved(rect(0, 0, 0, 0), rect(0, 0, 10, 10))).not.toHaveBeenCalled()
    expect(moved(rect(0, 0, 10, 10), rect(0, 0, 20, 20), true)).not.toHaveBeenCalled()
  })
})
