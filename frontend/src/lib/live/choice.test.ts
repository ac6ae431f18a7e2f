import { afterEach, describe, expect, it, vi } from 'vitest'
import { fakeWebCodecs } from '../../testing/video-decoder'
import { askAbilities, FormatChoice, type Abilities } from './choice'

const able: Abilities = { h264: true, h265: false, why: '', copies: false }
const minute = 60_000
const now = (): number => 0

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('askAbilities', () => {
  it('asks for what the browser decodes', async () => {
    const ask = (...names: string[]) => askAbilities({ videoDecoder: fakeWebCodecs(...names).VideoDecoder, secure: true, now })
    expect(await ask('avc1')).toEqual({ h264: true, h265: false, why: '', copies: false })
    expect(await ask('avc1', 'hev1')).toEqual({ h264: true, h265: true, why: '', copies: false })
    expect(await ask()).toEqual({ h264: false, h265: false, why: 'unsupported', copies: false })
  })

  it('knows why there is no decoder', async () => {
    expect((await askAbilities({ videoDecoder: null, secure: false, now })).why).toBe('insecure')
    expect((await askAbilities({ videoDecoder: null, secure: true, now })).why).toBe('unsupported')
  })

  it('does not wait for ever, and takes a refusal for a no', async () => {
    vi.useFakeTimers()
    const { VideoDecoder } = fakeWebCodecs('avc1')
    VideoDecoder.isConfigSupported = () => new Promise(() => undefined)
    const asked = askAbilities({ videoDecoder: VideoDecoder, secure: true, now })
    await vi.advanceTimersByTimeAsync(2000)
    expect(await asked).toEqual({ h264: false, h265: false, why: 'unsupported', copies: false })
    VideoDecoder.isConfigSupported = () => Promise.reject(new TypeError('what?'))
    expect((await askAbilities({ videoDecoder: VideoDecoder, secure: true, now })).h264).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('FormatChoice', () => {
  it('accepts what can be decoded, the best first, unless JPEG is wanted', () => {
    const choice = new FormatChoice({ h264: true, h265: true, why: '', copies: false })
    expect(choice.formats('auto')).toEqual(['h264', 'h265', 'jpeg'])
    expect(choice.formats('jpeg')).toEqual(['jpeg'])
    expect([choice.why('auto'), choice.why('jpeg')]).toEqual(['', ''])
    const none = new FormatChoice({ h264: false, h265: false, why: 'insecure', copies: false })
    expect([none.formats('auto'), none.why('auto')]).toEqual([['jpeg'], 'insecure'])
  })

  it('falls back to JPEG after three failures in 30 s, and tries again after 5 min, then later and later', () => {
    const choice = new FormatChoice(able)
    expect([choice.failed('error', 0), choice.failed('error', 31_000), choice.failed('error', 40_000)]).toEqual([true, true, true])
    expect(choice.failed('error', 50_000)).toBe(false)
    expect([choice.formats('auto'), choice.why('auto')]).toEqual([['jpeg'], 'error'])
    expect(choice.rested(50_000 + 5 * minute - 1)).toBe(false)
    expect(choice.rested(50_000 + 5 * minute)).toBe(true)
    expect(choice.rested(50_000 + 5 * minute)).toBe(false)
    expect([choice.formats('auto'), choice.why('auto')]).toEqual([['h264', 'jpeg'], ''])
    choice.fall('slow', 0)
    expect([choice.rested(10 * minute - 1), choice.why('auto'), choice.rested(10 * minute)]).toEqual([false, 'slow', true])
    for (let n = 0; n < 5; n++) {
      choice.fall('slow', 0)
      if (n < 4) choice.rested(60 * minute)
    }
    expect([choice.rested(60 * minute - 1), choice.rested(60 * minute)]).toEqual([false, true])
  })

  it('does not try again what is not supported', () => {
    const choice = new FormatChoice(able)
    expect(choice.failed('unsupported', 0)).toBe(false)
    expect(choice.why('auto')).toBe('unsupported')
  })

  it('takes no further failures into account while it rests', () => {
    const choice = new FormatChoice(able)
    choice.fall('slow', 0)
    for (let n = 1; n < 6; n++) choice.fall('slow', n * 1000)
    expect([choice.failed('unsupported', 6000), choice.failed('error', 7000)]).toEqual([false, false])
    expect([choice.why('auto'), choice.rested(5 * minute)]).toEqual(['slow', true])
    choice.fall('slow', 0)
    expect(choice.rested(10 * minute)).toBe(true)
  })
})
