import { beforeEach, describe, expect, it } from 'vitest'
import { countedPicture, drawing } from '../../testing/live-world'
import { Easel, type Hung } from './easel'

let drawn: ReturnType<typeof drawing>
let easel: Easel
let canvas: HTMLCanvasElement
const bitmaps = { made: 0, open: 0 }

beforeEach(() => {
  drawn = drawing()
  canvas = document.createElement('canvas')
  canvas.width = 320
  canvas.height = 180
  easel = new Easel(canvas, 'contain')
  bitmaps.made = bitmaps.open = 0
})

function hung(but: Partial<Hung> = {}, scarce = false): Hung {
  return { picture: { ...countedPicture(bitmaps), scarce }, shape: null, rotation: 0, ...but }
}

/** Where the last picture was cut from, and where it went. */
function last(): number[] {
  return (drawn.drawImage.mock.lastCall ?? []).slice(1) as number[]
}

describe('Easel', () => {
  it('paints what it is given, and lets go of what hung before', () => {
    easel.hang(hung())
    expect(last()).toEqual([0, 0, 640, 360, 0, 0, 320, 180])
    easel.hang(hung())
    expect(bitmaps).toEqual({ made: 2, open: 1 })
    easel.release()
    easel.release()
    expect(bitmaps.open).toBe(0)
  })

  it('shows the shape of the camera, whatever the shape of its stream', () => {
    easel.hang(hung({ shape: { width: 4, height: 3 } }))
    expect(last()).toEqual([0, 0, 640, 360, 40, 0, 240, 180])
    expect(drawn.fillRect).toHaveBeenCalledWith(0, 0, 320, 180)
  })

  it('paints another view, fit and size at once, without a new picture', () => {
    easel.hang(hung())
    easel.setView({ x: 0.5, y: 0.5, width: 0.5, height: 0.5 })
    expect(last()).toEqual([320, 180, 320, 180, 0, 0, 320, 180])
    easel.resize({ width: 300, height: 300 })
    expect([canvas.width, canvas.height]).toEqual([300, 300])
    expect(last()).toEqual([320, 180, 320, 180, 0, 65, 300, 169])
    easel.setFit('fill')
    expect(last()).toEqual([320, 180, 320, 180, 0, 0, 300, 300])
    const paints = drawn.drawImage.mock.calls.length
    easel.setFit('fill')
    easel.resize({ width: 300, height: 300 })
    expect(drawn.drawImage).toHaveBeenCalledTimes(paints)
  })

  it('turns a coded picture', () => {
    easel.hang(hung({ rotation: 90 }))
    // Upright it is 360 by 640: 101 by 180 of the tile, turned around its middle.
    expect(drawn.rotate).toHaveBeenCalledWith(Math.PI / 2)
    expect(last()).toEqual([0, 0, 640, 360, -90, -50.5, 180, 101])
  })

  it('keeps a copy of what a decoder wants back', () => {
    easel.keep()
    easel.hang(hung())
    easel.keep()
    expect(bitmaps.open).toBe(1)
    easel.hang(hung({}, true))
    easel.keep()
    expect(bitmaps.open).toBe(0)
    easel.resize({ width: 100, height: 100 })
    const copy = drawn.drawImage.mock.lastCall?.[0] as HTMLCanvasElement
    expect([copy.width, copy.height]).toEqual([640, 360])
  })

  it('keeps what the canvas shows when it holds nothing any more', () => {
    easel.hang(hung())
    easel.release()
    easel.resize({ width: 640, height: 360 })
    expect(last()).toEqual([0, 0, 640, 360])
    easel.setView({ x: 0, y: 0, width: 0.5, height: 0.5 })
    expect(last()).toEqual([0, 0, 640, 360])
  })

  it('lets go of what hung before also when the new picture cannot be drawn', () => {
    easel.hang(hung())
    drawn.drawImage.mockImplementationOnce(() => {
      throw new DOMException('detached', 'InvalidStateError')
    })
    expect(() => easel.hang(hung())).toThrow('detached')
    expect(bitmaps).toEqual({ made: 2, open: 1 })
  })
})
