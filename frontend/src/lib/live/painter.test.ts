import { afterEach, describe, expect, it, vi } from 'vitest'
import { decodeBitmap, imageDecoder, isWebKit, type Decoded } from './decoder'
import { Painter, type Waiting } from './painter'
import { pictureInfo } from './picture'

function picture(seq: number): Waiting {
  return { jpeg: new Blob([String(seq)]), info: { ...pictureInfo(() => null), seq }, at: 0 }
}

/** A canvas of 160 by 90 whose drawing is recorded. */
function easel() {
  const canvas = document.createElement('canvas')
  canvas.width = 160
  canvas.height = 90
  const drawImage = vi.fn()
  const fillRect = vi.fn()
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ drawImage, fillRect } as never)
  const decoding: { resolve: (decoded: Decoded) => void, reject: (error: Error) => void }[] = []
  const release = vi.fn()
  const painted: (number | null)[] = []
  const painter = new Painter({
    canvas,
    decode: () => new Promise((resolve, reject) => decoding.push({ resolve, reject })),
    onPainted: ({ info }) => painted.push(info.seq),
  })
  const finish = async (place: number, width = 16, height = 9): Promise<void> => {
    decoding[place]?.resolve({ source: canvas, width, height, release })
    await vi.waitFor(() => expect(release).toHaveBeenCalledTimes(place + 1))
    await Promise.resolve()
  }
  return { canvas, painter, decoding, painted, release, drawImage, fillRect, finish }
}

describe('Painter', () => {
  it('keeps only the newest while one is being decoded', async () => {
    const { painter, decoding, painted, finish } = easel()
    for (const seq of [1, 2, 3, 4]) painter.offer(picture(seq))
    expect(decoding).toHaveLength(1)
    await finish(0)
    await vi.waitFor(() => expect(decoding).toHaveLength(2))
    await finish(1)
    expect(painted).toEqual([1, 4])
    expect(decoding).toHaveLength(2)
  })

  it('fills the canvas, also when rounding made its shape a little different', async () => {
    const { painter, drawImage, fillRect, finish, canvas } = easel()
    canvas.height = 91
    painter.offer(picture(1))
    await finish(0)
    expect(drawImage).toHaveBeenCalledWith(canvas, 0, 0, 160, 91)
    expect(fillRect).not.toHaveBeenCalled()
  })

  it('puts bars around a picture of another shape', async () => {
    const { painter, drawImage, fillRect, finish, canvas } = easel()
    painter.offer(picture(1))
    await finish(0, 400, 300)
    expect(fillRect).toHaveBeenCalledWith(0, 0, 160, 90)
    expect(drawImage).toHaveBeenCalledWith(canvas, 20, 0, 120, 90)
  })

  it('goes on after a picture that cannot be decoded', async () => {
    const { painter, decoding, painted } = easel()
    painter.offer(picture(1))
    painter.offer(picture(2))
    decoding[0]?.reject(new Error('no picture'))
    await vi.waitFor(() => expect(decoding).toHaveLength(2))
    decoding[1]?.resolve({ source: document.createElement('canvas'), width: 16, height: 9, release: vi.fn() })
    await vi.waitFor(() => expect(painted).toEqual([2]))
    expect(painter.broken).toBe(1)
  })

  it('paints nothing once stopped, and still releases what was being decoded', async () => {
    const { painter, painted, drawImage, finish } = easel()
    painter.offer(picture(1))
    painter.offer(picture(2))
    painter.stop()
    await finish(0)
    expect(painted).toEqual([])
    expect(drawImage).not.toHaveBeenCalled()
  })

  it('keeps what it shows when its size changes', () => {
    const { painter, canvas, drawImage } = easel()
    painter.resize({ width: 160, height: 90 })
    expect(drawImage).not.toHaveBeenCalled()
    painter.resize({ width: 320, height: 180 })
    expect([canvas.width, canvas.height]).toEqual([320, 180])
    expect(drawImage).toHaveBeenLastCalledWith(expect.any(HTMLCanvasElement), 0, 0, 320, 180)
  })
})

describe('decoders', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('release bitmaps', async () => {
    const close = vi.fn()
    vi.stubGlobal('createImageBitmap', vi.fn().mockResolvedValue({ width: 4, height: 3, close }))
    const decoded = await decodeBitmap(new Blob())
    expect([decoded.width, decoded.height]).toEqual([4, 3])
    decoded.release()
    expect(close).toHaveBeenCalledOnce()
  })

  it('use one image again and revoke each address, also of what is no picture', async () => {
    const revoke = vi.fn()
    let made = 0
    vi.stubGlobal('URL', { createObjectURL: () => `blob:${++made}`, revokeObjectURL: revoke })
    const decode = vi.fn().mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error('no picture'))
    const image = { src: '', naturalWidth: 4, naturalHeight: 3, decode } as unknown as HTMLImageElement
    const decoder = imageDecoder(image)
    const decoded = await decoder(new Blob())
    expect(decoded.source).toBe(image)
    expect(revoke).not.toHaveBeenCalled()
    decoded.release()
    await expect(decoder(new Blob())).rejects.toThrow('no picture')
    expect(revoke.mock.calls).toEqual([['blob:1'], ['blob:2']])
  })

  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15', true],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', false],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', false],
  ])('%s is WebKit: %s', (agent, expected) => {
    expect(isWebKit(agent)).toBe(expected)
  })
})
