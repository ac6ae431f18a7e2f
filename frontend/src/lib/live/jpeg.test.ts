import { afterEach, describe, expect, it, vi } from 'vitest'
import { bitmapDecoder, ImageElementDecoder, isWebKit, jpegDecoderFor } from './jpeg'

const webKit = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15'
const chromium = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

afterEach(() => void vi.unstubAllGlobals())

describe('bitmapDecoder', () => {
  it('closes each bitmap', async () => {
    const close = vi.fn()
    vi.stubGlobal('createImageBitmap', vi.fn().mockResolvedValue({ width: 4, height: 3, close }))
    const decoded = await bitmapDecoder.decode(new Uint8Array(3))
    expect([decoded.width, decoded.height, decoded.scarce]).toEqual([4, 3, false])
    decoded.release()
    expect(close).toHaveBeenCalledOnce()
  })
})

describe('ImageElementDecoder', () => {
  function decoder(decode: () => Promise<void>) {
    const revoke = vi.fn()
    let addresses = 0
    vi.stubGlobal('URL', { createObjectURL: () => `blob:${++addresses}`, revokeObjectURL: revoke })
    const images: { src: string }[] = []
    const made = new ImageElementDecoder(() => {
      const image = { src: '', naturalWidth: 4, naturalHeight: 3, decode }
      images.push(image)
      return image as unknown as HTMLImageElement
    })
    return { made, images, revoke }
  }

  it('shows one image while the next decodes, and makes no more than that', async () => {
    const { made, images, revoke } = decoder(() => Promise.resolve())
    let shown = await made.decode(new Uint8Array(1))
    for (let n = 2; n < 6; n++) {
      const next = await made.decode(new Uint8Array(1))
      expect(next.source).not.toBe(shown.source)
      shown.release()
      shown = next
    }
    expect(images).toHaveLength(2)
    expect(revoke.mock.calls).toEqual([['blob:1'], ['blob:2'], ['blob:3'], ['blob:4']])
  })

  it('revokes the address of what is no picture', async () => {
    const { made, images, revoke } = decoder(vi.fn().mockRejectedValueOnce(new Error('no picture')).mockResolvedValue(undefined))
    await expect(made.decode(new Uint8Array(1))).rejects.toThrow('no picture')
    expect(revoke.mock.calls).toEqual([['blob:1']])
    await made.decode(new Uint8Array(1))
    expect(images).toHaveLength(1)
  })
})

describe('the choice', () => {
  it.each([[webKit, true], [chromium, false], [firefox, false]])('%s is WebKit: %s', (agent, expected) => {
    expect(isWebKit(agent)).toBe(expected)
    expect(jpegDecoderFor(agent).name).toBe(expected ? 'Image' : 'ImageBitmap')
  })
})
