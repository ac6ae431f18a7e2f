import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { develop, keep, keptOf, pictureOf, takeKept, type Kept } from './keepsake'

let bytes: number

beforeEach(() => {
  bytes = 100
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ drawImage: vi.fn() } as never)
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation(function (this: HTMLCanvasElement, done) {
    done(this.width === 13 ? null : { arrayBuffer: () => Promise.resolve(new Uint8Array(bytes).fill(this.width % 256).buffer) } as Blob)
  })
})
afterEach(() => sessionStorage.clear())

function canvas(width: number): HTMLCanvasElement {
  const made = document.createElement('canvas')
  made.width = width
  made.height = width / 2
  return made
}

const lists = { cameras: [{ id: 'a' }], walls: null }

describe('keep and takeKept', () => {
  it('hand lists and small pictures on, once', async () => {
    await keep(sessionStorage, [{ camera: 'a', time: 900, canvas: canvas(1280) }, { camera: 'broken', time: 901, canvas: canvas(13) }], lists, 1000)
    const kept = takeKept(sessionStorage, 3000)
    expect(kept).toMatchObject({ at: 1000, ...lists })
    expect(keptOf(kept, 'a', 3000)?.time).toBe(900)
    expect(keptOf(kept, 'broken', 3000)).toBeNull()
    expect(keptOf(kept, 'constructor', 3000)).toBeNull()
    expect(keptOf(kept, 'a', 60_000)).toBeNull()
    const picture = keptOf(kept, 'a', 3000)
    // 640 wide, as the test's own encoder writes it.
    expect(picture && atob(picture.data)).toBe(String.fromCharCode(640 % 256).repeat(100))
    expect(picture && pictureOf(picture)).toMatchObject({ size: 100, type: 'image/jpeg' })
    expect(takeKept(sessionStorage, 3000)).toBeNull()
  })

  it('belong to this visit alone', async () => {
    await keep(sessionStorage, [], lists, 1000)
    expect(takeKept(sessionStorage, 60_000)).toBeNull()
  })

  it('leave out what finds no room', async () => {
    bytes = 1_500_000
    await keep(sessionStorage, ['a', 'b', 'c'].map((camera) => ({ camera, time: 1, canvas: canvas(640) })), lists, 1000)
    expect(Object.keys(takeKept(sessionStorage, 1000)?.pictures ?? {})).toEqual(['a'])
  })

  it('survive a browser that keeps nothing, and what others have left', async () => {
    const full = { setItem: () => { throw new DOMException('full', 'QuotaExceededError') }, getItem: () => { throw new DOMException('no', 'SecurityError') } } as unknown as Storage
    await keep(full, [], lists, 1000)
    expect(takeKept(full, 1000)).toBeNull()
    for (const left of ['', '{', 'null', '3', '{"at":1000}']) {
      sessionStorage.setItem('camwall.keepsake', left)
      expect(takeKept(sessionStorage, 1000)).toBeNull()
    }
    expect(pictureOf({ time: 0, data: '%%' })).toBeNull()
  })
})

describe('develop', () => {
  const kept = (): Kept => ({ at: 0, cameras: null, walls: null, pictures: { a: { time: 1, data: btoa('a') }, b: { time: 2, data: '%%' } } })
  const close = vi.fn()

  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
    close.mockClear()
  })

  it('has pictures ready for the first thing that is painted, and lets go of them', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 64, height: 36, close }))
    const left = kept()
    await develop(left, 500)
    expect([left.pictures['a']?.bitmap?.width, left.pictures['b']?.bitmap]).toEqual([64, undefined])
    vi.advanceTimersByTime(30_000)
    expect([left.pictures['a']?.bitmap, close.mock.calls.length]).toEqual([undefined, 1])
  })

  it('waits no longer than the limit, and keeps nothing that comes later', async () => {
    vi.stubGlobal('createImageBitmap', () => new Promise((resolve) => setTimeout(() => resolve({ width: 64, height: 36, close }), 900)))
    const left = kept()
    const done = develop(left, 500)
    await vi.advanceTimersByTimeAsync(500)
    await done
    expect(left.pictures['a']?.bitmap).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1000)
    expect([left.pictures['a']?.bitmap, close.mock.calls.length, vi.getTimerCount()]).toEqual([undefined, 1, 0])
  })

  it('does without what can not be decoded', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.reject(new DOMException('no', 'InvalidStateError')))
    const left = kept()
    await develop(left, 500)
    expect([left.pictures['a']?.bitmap, vi.getTimerCount()]).toEqual([undefined, 0])
  })
})
