import { describe, expect, it, vi } from 'vitest'
import { caption, heard } from '../../testing/captions'
import type { Decoded } from './jpeg'
import { JpegPath } from './jpeg-path'

const data = new Uint8Array(1)

/** A path whose decoding the test holds in its hands. */
function held() {
  const decoding: { resolve: (decoded: Decoded) => void; reject: (error: Error) => void }[] = []
  const release = vi.fn()
  const out = heard()
  const path = new JpegPath({ name: 'ImageBitmap', decode: () => new Promise((resolve, reject) => decoding.push({ resolve, reject })) }, out)
  const picture: Decoded = { source: document.createElement('canvas'), width: 4, height: 3, scarce: false, release }
  const settle = async (act: () => void): Promise<void> => {
    act()
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { path, out, decoding, release, finish: (place: number) => settle(() => decoding[place]?.resolve(picture)), fail: (place: number) => settle(() => decoding[place]?.reject(new Error('no picture'))) }
}

describe('JpegPath', () => {
  it('keeps only the newest while one is being decoded', async () => {
    const { path, out, decoding, finish } = held()
    for (const seq of [1, 2, 3, 4]) path.take(caption(seq), data)
    expect(decoding).toHaveLength(1)
    await finish(0)
    await finish(1)
    expect(out.said).toEqual(['passed 2', 'passed 3', 'ready 1', 'ready 4'])
    expect(decoding).toHaveLength(2)
  })

  it('goes on after a picture that cannot be decoded', async () => {
    const { path, out, fail, finish } = held()
    path.take(caption(1), data)
    path.take(caption(2), data)
    await fail(0)
    await finish(1)
    expect(out.said).toEqual(['passed 1', 'ready 2'])
  })

  it('says nothing once closed, and still releases what was being decoded', async () => {
    const { path, out, release, finish, decoding } = held()
    path.take(caption(1), data)
    path.take(caption(2), data)
    path.close()
    await finish(0)
    path.take(caption(3), data)
    expect(out.said).toEqual([])
    expect(decoding).toHaveLength(1)
    expect(release).toHaveBeenCalledOnce()
  })
})
