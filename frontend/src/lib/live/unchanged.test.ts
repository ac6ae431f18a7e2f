import { describe, expect, it } from 'vitest'
import { checksum, UnchangedLook } from './unchanged'

const afterMs = 10_000

interface Frames {
  looks: number
  open: number
}

/** A picture of 16 bytes, all of one value but for the last. */
function frame(frames: Frames, value: number, last = value, but: Partial<VideoFrame> = {}): VideoFrame {
  const made = (): VideoFrame => {
    frames.open++
    return {
      displayWidth: 640, displayHeight: 360, allocationSize: () => 15, clone: made,
      copyTo: (to: Uint8Array) => {
        frames.looks++
        to.fill(value, 0, 15)
        to[14] = last
        return Promise.resolve([])
      },
      close: () => frames.open--,
      ...but,
    } as unknown as VideoFrame
  }
  return made()
}

function both([value, last = value]: [number, number?]): [number, number] {
  return [value, last]
}

/** Looks at pictures, so many a second, as the caller of a decoder would. */
async function run(look: UnchangedLook, from: number, to: number, fps: number, value: (n: number) => [number, number?], frames: Frames = { looks: 0, open: 0 }, but: Partial<VideoFrame> = {}): Promise<Frames> {
  let n = 0
  for (let at = from; at < to; at += 1000 / fps) {
    const one = frame(frames, ...both(value(n++)), but)
    look.look(one, at, afterMs)
    one.close()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return frames
}

describe('UnchangedLook', () => {
  it('looks twice a second while pictures change, and leaves nothing open', async () => {
    const look = new UnchangedLook()
    const { looks, open } = await run(look, 0, 20_000, 25, (n) => [n])
    expect(looks).toBeLessThanOrEqual(40)
    expect(looks).toBeGreaterThan(30)
    expect(open).toBe(0)
    expect(look.since(afterMs)).toBeNull()
    expect(look.changed).toBeGreaterThan(19_000)
  })

  it('tells since when pictures are identical', async () => {
    const look = new UnchangedLook()
    await run(look, 0, 1000, 10, (n) => [n])
    await run(look, 1000, 11_000, 10, () => [77])
    expect(look.since(afterMs)).toBeNull()
    await run(look, 11_000, 12_000, 10, () => [77])
    expect(look.since(afterMs)).toBeGreaterThanOrEqual(900)
    expect(look.since(afterMs)).toBeLessThanOrEqual(1500)
    await run(look, 12_000, 12_100, 10, () => [78])
    expect(look.since(afterMs)).toBeNull()
    expect(look.changed).toBe(12_000)
  })

  it('counts noise in the last byte', async () => {
    const look = new UnchangedLook()
    await run(look, 0, 30_000, 10, (n) => [5, n])
    expect(look.since(afterMs)).toBeNull()
  })

  it('sees a single other picture once it suspects', async () => {
    const look = new UnchangedLook()
    await run(look, 0, 14_000, 10, (n) => [n === 81 ? 6 : 5])
    expect(look.since(afterMs)).toBeNull()
  })

  it('never says so of a camera of one picture a second that changes', async () => {
    const look = new UnchangedLook()
    await run(look, 0, 60_000, 1, (n) => [n])
    expect(look.since(afterMs)).toBeNull()
  })

  it('looks at large pictures five times a second at most', async () => {
    const { looks } = await run(new UnchangedLook(), 0, 20_000, 25, () => [5], undefined, { displayWidth: 1920, displayHeight: 1080 })
    expect(looks).toBeLessThan(10 + 80)
  })

  it('is silent where it is not wanted, or where frames cannot be read', async () => {
    const look = new UnchangedLook()
    const frames = { looks: 0, open: 0 }
    const one = frame(frames, 1)
    look.look(one, 0, 0)
    expect([frames.looks, look.since(0)]).toEqual([0, null])
    const { open } = await run(look, 0, 30_000, 5, () => [1], undefined, { allocationSize: () => { throw new DOMException('opaque', 'NotSupportedError') } })
    expect(open).toBe(0)
    expect(look.since(afterMs)).toBeNull()
  })

  it('begins anew with other pictures', async () => {
    const look = new UnchangedLook()
    await run(look, 0, 12_000, 5, () => [5])
    expect(look.since(afterMs)).toBe(0)
    look.reset()
    expect([look.since(afterMs), look.changed]).toEqual([null, null])
    await run(look, 12_000, 20_000, 5, () => [5])
    expect(look.since(afterMs)).toBeNull()
  })

  it('asks for RGBA where the browser does not say what it has, and tries again after a reset', async () => {
    const look = new UnchangedLook()
    const only = (format: string) => ({
      allocationSize: (options?: VideoFrameCopyToOptions) => {
        if (options?.format !== format) throw new DOMException('opaque', 'NotSupportedError')
        return 15
      },
    })
    await run(look, 0, 12_000, 5, () => [5], undefined, only('BGRA'))
    expect(look.since(afterMs)).toBeNull()
    look.reset()
    await run(look, 12_000, 24_000, 5, () => [5], undefined, only('RGBA'))
    expect(look.since(afterMs)).toBe(12_000)
  })
})

describe('checksum', () => {
  it('differs for each bit of each word', () => {
    const words = new Uint32Array(64)
    const sums = new Set([checksum(words)])
    for (let at = 0; at < words.length; at++) {
      for (let bit = 0; bit < 32; bit++) {
        words[at] = 1 << bit
        sums.add(checksum(words))
      }
      words[at] = 0
    }
    expect(sums.size).toBe(1 + 64 * 32)
  })
})
