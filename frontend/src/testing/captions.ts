import type { Decoded } from '../lib/live/jpeg'
import type { Caption, PathOut } from '../lib/live/path'

/** A picture that came now, but for what the test says. */
export function caption(seq: number, but: Partial<Caption> = {}): Caption {
  return { codec: 'jpeg', key: true, catchingUp: false, skipped: false, last: false, source: 1, tile: 1, seq, arrived: seq * 40, sent: seq * 40, receivedAt: 0, ...but }
}

/** Notes what a path says, in order. */
export function heard(): PathOut & { readonly said: string[]; readonly pictures: Decoded[] } {
  const said: string[] = []
  const pictures: Decoded[] = []
  return {
    said,
    pictures,
    ready: (picture, { seq }) => {
      said.push(`ready ${seq}`)
      pictures.push(picture)
    },
    passed: ({ seq }) => said.push(`passed ${seq}`),
    held: ({ seq }) => said.push(`held ${seq}`),
  }
}
