import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { caption, heard } from '../../testing/captions'
import { fakeWebCodecs, keyUnit } from '../../testing/video-decoder'
import { CodedPath } from './coded-path'
import { copyingIsFaster, FrameCopier } from './frame-copy'

let putImageData: ReturnType<typeof vi.fn>
let drawImage: ReturnType<typeof vi.fn>

beforeEach(() => {
  putImageData = vi.fn()
  drawImage = vi.fn()
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ putImageData, drawImage } as never)
  vi.stubGlobal('ImageData', class {
    readonly data: Uint8ClampedArray
    constructor(readonly width: number, readonly height: number) {
      this.data = new Uint8ClampedArray(width * height * 4)
    }
  })
})
afterEach(() => void vi.unstubAllGlobals())

function frame(width: number, height: number): VideoFrame {
  return { codedWidth: width + 8, codedHeight: height, visibleRect: { width, height }, copyTo: () => Promise.resolve([]), close: vi.fn() } as unknown as VideoFrame
}

describe('FrameCopier', () => {
  it('copies what is to be seen of a picture to a canvas that it uses again', async () => {
    const copier = new FrameCopier()
    const first = await copier.copy(frame(64, 36))
    expect([first.width, first.height, first.scarce]).toEqual([64, 36, false])
    expect((await copier.copy(frame(64, 36))).source).toBe(first.source)
    expect(putImageData).toHaveBeenCalledTimes(2)
    const other = await copier.copy(frame(128, 72))
    expect(other.source).not.toBe(first.source)
    expect([(first.source as HTMLCanvasElement).width, (other.source as HTMLCanvasElement).width]).toEqual([64, 128])
  })
})

describe('a path that copies', () => {
  function path() {
    const codecs = fakeWebCodecs('avc1')
    const out = heard()
    const copies: { resolve: () => void; reject: (error: Error) => void }[] = []
    const copier = new FrameCopier()
    vi.spyOn(copier, 'copy').mockImplementation(() => new Promise((resolve, reject) => {
      copies.push({ resolve: () => resolve({ source: document.createElement('canvas'), width: 4, height: 3, scarce: false, release: vi.fn() }), reject })
    }))
    const made = new CodedPath({ codec: 'h264', videoDecoder: codecs.VideoDecoder, now: () => 0, out, copier, onFrame: vi.fn(), onFailed: vi.fn() })
    for (const seq of [1, 2, 3]) made.take(caption(seq, { codec: 'h264' }), keyUnit)
    return { codecs, out, copies, path: made, wait: () => new Promise((resolve) => setTimeout(resolve)) }
  }

  it('gives every picture back at once, and copies the newest only', async () => {
    const { codecs, out, copies, wait } = path()
    codecs.decoder().outputAll()
    expect(copies).toHaveLength(1)
    copies[0]?.resolve()
    await wait()
    copies[1]?.resolve()
    await wait()
    expect(out.said).toEqual(['passed 2', 'ready 1', 'ready 3'])
    expect(codecs.open).toBe(0)
  })

  it('shows the picture itself where copying fails', async () => {
    const { codecs, out, copies, wait } = path()
    codecs.decoder().output()
    copies[0]?.reject(new Error('opaque'))
    await wait()
    expect(out.said).toEqual(['ready 1'])
    expect(out.pictures[0]?.scarce).toBe(true)
    out.pictures[0]?.release()
    expect(codecs.open).toBe(0)
  })

  it.each(['resolve', 'reject'] as const)('leaves nothing open when it is closed meanwhile: %s', async (how) => {
    const { codecs, out, copies, path: closed, wait } = path()
    codecs.decoder().outputAll()
    closed.close()
    copies[0]?.[how](new Error('closed'))
    await wait()
    expect(out.said).toEqual(['passed 2'])
    expect(copies).toHaveLength(1)
    expect(codecs.open).toBe(0)
  })
})

describe('copyingIsFaster', () => {
  /** A browser that takes so long to draw a picture, and copies to RGBA or knows nothing of that. */
  function browser(drawMs: number, copies: boolean): { readonly now: () => number; readonly open: () => number } {
    let at = 0
    let open = 0
    drawImage.mockImplementation(() => (at += drawMs))
    vi.stubGlobal('VideoFrame', class {
      constructor() {
        open++
      }
      allocationSize(): number {
        return copies ? 640 * 360 * 4 : 640 * 540
      }
      close(): void {
        open--
      }
    })
    return { now: () => at, open: () => open }
  }

  it.each([[1.2, true, true], [1.2, false, false], [0.1, true, false]])('a picture in %d ms, copied: %s -> %s', (ms, copies, expected) => {
    const { now, open } = browser(ms, copies)
    expect(copyingIsFaster(now)).toBe(expected)
    expect(open()).toBe(0)
  })

  it('is not where there is nothing to copy from, or it fails', () => {
    expect(copyingIsFaster(() => 0)).toBe(false)
    vi.stubGlobal('VideoFrame', vi.fn(function () {
      throw new TypeError('no such format')
    }))
    expect(copyingIsFaster(() => 0)).toBe(false)
  })
})
