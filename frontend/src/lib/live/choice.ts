import { copyingIsFaster } from './frame-copy'
import type { Codec } from './protocol'
import type { Want, Why } from './watch'
import type { LiveWorld } from './world'

/** What can be decoded here. */
export interface Abilities {
  readonly h264: boolean
  readonly h265: boolean
  /** Why nothing coded can be. */
  readonly why: '' | 'insecure' | 'unsupported'
  /** Decoded pictures had better be copied than drawn. */
  readonly copies: boolean
}

/** A page that waits for an answer that never comes shows nothing. */
const askMs = 2000

/** Asks the browser, without any stream at hand, for the usual profiles. Never rejects. */
export async function askAbilities(world: Pick<LiveWorld, 'videoDecoder' | 'secure' | 'now'>): Promise<Abilities> {
  const { videoDecoder } = world
  if (videoDecoder === null) return { h264: false, h265: false, why: world.secure ? 'unsupported' : 'insecure', copies: false }
  const able = async (codec: string): Promise<boolean> => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), askMs)
    })
    const asked = videoDecoder.isConfigSupported({ codec, optimizeForLatency: true }).then(({ supported }) => supported === true, () => false)
    const answer = await Promise.race([asked, late])
    clearTimeout(timer)
    return answer
  }
  const [h264, h265] = await Promise.all([able('avc1.4D401F'), able('hev1.1.6.L93.B0')])
  return { h264, h265, why: h264 || h265 ? '' : 'unsupported', copies: (h264 || h265) && copyingIsFaster(() => world.now()) }
}

/** So many failures within so long: the decoder does not do. */
const failures = 3
const failuresMs = 30_000
const firstRestMs = 5 * 60_000
const longestRestMs = 60 * 60_000

/** Chooses one tile's formats by what works here and now, and falls back by itself. */
export class FormatChoice {
  readonly #abilities: Abilities
  #failed: number[] = []
  /** JPEG only until then. */
  #restsUntil: number | null = null
  #restMs = firstRestMs
  #why: Why = ''

  constructor(abilities: Abilities) {
    this.#abilities = abilities
  }

  /** What is accepted, the best first. */
  formats(prefer: Want['prefer']): readonly Codec[] {
    if (prefer === 'jpeg' || this.#restsUntil !== null) return ['jpeg']
    const { h264, h265 } = this.#abilities
    return [...(h264 ? ['h264'] as const : []), ...(h265 ? ['h265'] as const : []), 'jpeg']
  }

  /** Why JPEG is all that is accepted; empty when it isn't, or when nothing else is wanted. */
  why(prefer: Want['prefer']): Why {
    if (prefer === 'jpeg') return ''
    return this.#restsUntil === null ? this.#abilities.why : this.#why
  }

  /** The decoder failed: true when it may be tried again at once. */
  failed(why: 'unsupported' | 'error', now: number): boolean {
    if (this.#restsUntil !== null) return false
    this.#failed = [...this.#failed.filter((at) => now - at < failuresMs), now]
    if (why === 'error' && this.#failed.length < failures) return true
    this.fall(why, now)
    return false
  }

  /** JPEG for some minutes, for longer each time; what is still under way then does not count. */
  fall(why: 'unsupported' | 'error' | 'slow', now: number): void {
    if (this.#restsUntil !== null) return
    this.#failed = []
    this.#why = why
    this.#restsUntil = now + this.#restMs
    this.#restMs = Math.min(this.#restMs * 2, longestRestMs)
  }

  /** True once when coded streams are to be tried again. */
  rested(now: number): boolean {
    if (this.#restsUntil === null || now < this.#restsUntil) return false
    this.#restsUntil = null
    return true
  }
}
