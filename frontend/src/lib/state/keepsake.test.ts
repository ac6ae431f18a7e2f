import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keep, keptOf, pictureOf, takeKept } from './keepsake'

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
