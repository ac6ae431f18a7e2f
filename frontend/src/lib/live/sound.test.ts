import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { alaw, g711, mulaw } from './g711'
import type { SoundMessage } from './protocol'
import { Resampler } from './resampler'
import { SoundPlayer } from './sound'

describe('G.711', () => {
  // The ends of the scale and what is nearest to silence (ITU-T G.711, tables 1 and 2).
  it.each([[0xd5, 1 / 4096], [0x55, -1 / 4096], [0xaa, 4032 / 4096], [0x2a, -4032 / 4096], [0x80, 688 / 4096]])('A-law %d is %d', (byte, sample) => {
    expect(alaw(byte)).toBeCloseTo(sample, 10)
  })
  it.each([[0xff, 0], [0x7f, 0], [0x80, 8031 / 8192], [0x00, -8031 / 8192], [0xf0, 30 / 8192]])('mu-law %d is %d', (byte, sample) => {
    expect(mulaw(byte)).toBeCloseTo(sample, 10)
  })
  it('is even on both sides of silence, and grows with its segments', () => {
    for (const law of [alaw, mulaw]) {
      const sizes = Array.from({ length: 128 }, (_, byte) => Math.abs(law(byte)))
      expect(sizes).toEqual(Array.from({ length: 128 }, (_, byte) => Math.abs(law(byte + 128))))
      expect(new Set(sizes).size).toBe(128)
    }
  })
  it('takes channels apart', () => {
    const [left, right] = g711(new Uint8Array([0x80, 0xff, 0x80, 0xff, 0x80]), mulaw, 2)
    expect([left?.length, right?.length]).toEqual([2, 2])
    expect([left?.[1], right?.[1]]).toEqual([Math.fround(8031 / 8192), 0])
  })
})

describe('Resampler', () => {
  const tone = (from: number, to: number, rate: number): Float32Array<ArrayBuffer> => Float32Array.from({ length: to - from }, (_, at) => Math.sin(((from + at) * 2 * Math.PI * 440) / rate))

  it.each([[8000, 48_000], [44_100, 48_000], [48_000, 16_000]])('makes %d Hz of %d Hz without a seam', (from, to) => {
    const resampler = new Resampler(from, to)
    const samples: number[] = []
    for (let at = 0; at < from; at += 160) samples.push(...resampler.push(tone(at, Math.min(from, at + 160), from)))
    expect(Math.abs(samples.length - to)).toBeLessThanOrEqual(to / from + 1)
    const worst = samples.reduce((worst, sample, at) => Math.max(worst, Math.abs(sample - Math.sin((at * 2 * Math.PI * 440) / to))), 0)
    expect(worst).toBeLessThan(0.02)
  })

  it('leaves what has the right rate already', () => {
    const piece = tone(0, 100, 8000)
    expect(new Resampler(8000, 8000).push(piece)).toBe(piece)
  })
})

interface Played { readonly at: number; readonly frames: number }

/** An audio context whose time the test moves. */
function audio() {
  const played: Played[] = []
  const close = vi.fn().mockResolvedValue(undefined)
  const context = {
    currentTime: 0, sampleRate: 8000, state: 'running', destination: {}, close, resume: vi.fn().mockResolvedValue(undefined),
    createBuffer: (channels: number, frames: number) => ({ channels, frames, copyToChannel: vi.fn() }),
    createBufferSource: () => ({
      buffer: null as { frames: number } | null, connect: vi.fn(),
      start(at: number) {
        played.push({ at, frames: this.buffer?.frames ?? 0 })
      },
    }),
  }
  return { context, played, close, newAudio: () => context as unknown as AudioContext }
}

function sound(but: Partial<SoundMessage> = {}): SoundMessage {
  return { kind: 'sound', codec: 'alaw', channels: 1, tile: 1, rate: 8000, arrived: 0, sent: 0, configuration: new Uint8Array(), data: new Uint8Array(160), ...but }
}

describe('SoundPlayer', () => {
  let made: { init: AudioDecoderInit; configured: AudioDecoderConfig | null; decode: ReturnType<typeof vi.fn>; close: ReturnType<typeof vi.fn>; state: string }[]
  let Decoder: typeof AudioDecoder

  beforeEach(() => {
    made = []
    vi.stubGlobal('EncodedAudioChunk', class { constructor(readonly init: EncodedAudioChunkInit) {} })
    Decoder = class {
      configured: AudioDecoderConfig | null = null
      state = 'unconfigured'
      readonly decode = vi.fn()
      readonly close = vi.fn(() => (this.state = 'closed'))
      constructor(readonly init: AudioDecoderInit) {
        made.push(this)
      }
      configure(config: AudioDecoderConfig): void {
        if (config.codec === 'opus') throw new TypeError('no such codec')
        this.configured = config
        this.state = 'configured'
      }
    } as unknown as typeof AudioDecoder
  })
  afterEach(() => void vi.unstubAllGlobals())

  it('plays pieces behind each other, a little ahead, and leaves out what is late', () => {
    const { newAudio, played, context } = audio()
    const player = new SoundPlayer({ newAudio, audioDecoder: null })
    player.take(sound())
    expect(played).toEqual([])
    player.open()
    context.currentTime = 5
    for (let n = 0; n < 40; n++) player.take(sound())
    expect(played[0]).toEqual({ at: 5.2, frames: 160 })
    expect(played[1]?.at).toBeCloseTo(5.22)
    expect(played.length).toBeLessThanOrEqual(22)
    context.currentTime = 9
    player.take(sound())
    expect(played.at(-1)?.at).toBeCloseTo(9.2)
  })

  it('is silent until the browser lets it make noise, and when closed', () => {
    const { newAudio, played, context, close } = audio()
    const player = new SoundPlayer({ newAudio, audioDecoder: null })
    player.open()
    context.state = 'suspended'
    player.take(sound())
    expect(played).toEqual([])
    expect(context.resume).toHaveBeenCalled()
    player.close()
    player.close()
    expect(close).toHaveBeenCalledOnce()
    context.state = 'running'
    player.take(sound())
    expect(played).toEqual([])
  })

  it('decodes AAC with its configuration', () => {
    const { newAudio, played } = audio()
    const player = new SoundPlayer({ newAudio, audioDecoder: Decoder })
    player.open()
    const aac = sound({ codec: 'aac', rate: 48_000, channels: 2, configuration: new Uint8Array([0x11, 0x90]) })
    player.take(aac)
    player.take(aac)
    expect(made).toHaveLength(1)
    expect(made[0]?.configured).toMatchObject({ codec: 'mp4a.40.2', sampleRate: 48_000, numberOfChannels: 2, description: new Uint8Array([0x11, 0x90]) })
    expect(made[0]?.decode).toHaveBeenCalledTimes(2)
    const close = vi.fn()
    made[0]?.init.output({ numberOfChannels: 2, numberOfFrames: 1024, copyTo: vi.fn(), close } as unknown as AudioData)
    expect(close).toHaveBeenCalledOnce()
    // 1024 frames of 48 kHz are 171 of 8 kHz.
    expect(played[0]?.frames).toBe(171)
    player.take(sound({ codec: 'aac', rate: 16_000, configuration: new Uint8Array([0x14, 8]) }))
    expect(made[0]?.close).toHaveBeenCalled()
    expect(made).toHaveLength(2)
    player.close()
    expect(made[1]?.close).toHaveBeenCalled()
  })

  it('is silent where it has no decoder, or one that fails', () => {
    const { newAudio, played } = audio()
    const none = new SoundPlayer({ newAudio, audioDecoder: null })
    none.open()
    none.take(sound({ codec: 'aac' }))
    const player = new SoundPlayer({ newAudio, audioDecoder: Decoder })
    player.open()
    player.take(sound({ codec: 'opus' }))
    expect(made[0]?.close).toHaveBeenCalled()
    player.take(sound({ codec: 'aac' }))
    made[1]?.init.error(new DOMException('broken'))
    player.take(sound({ codec: 'aac' }))
    player.take(sound({ codec: null }))
    expect(made[1]?.decode).toHaveBeenCalledOnce()
    expect(played).toEqual([])
  })
})
