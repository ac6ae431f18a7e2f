import type { Link, TileSight } from '../lib/live/client'

/** What is to be said over a picture, and how much it is dimmed. */
export interface Said {
  readonly words: string
  readonly dim: '' | 'soft' | 'grey'
}

/** A picture older than this is not live, whatever anybody says: 3 s, or four pauses of a slow camera. */
const staleMs = 3000
const pauses = 4
/** As long as that nobody minds. */
const patienceMs = 1000

/** Says what a plain page has to say of a tile; nothing while it is live. Times are Unix ms. Pure. */
export function wordsOf(sight: TileSight, link: Link, begun: number, now: number): Said {
  if (link.kind === 'down') return { words: link.message === '' ? 'The server does not answer.' : sentence(link.message), dim: 'grey' }
  const { phase, status, refusal, pictureTime } = sight
  if (phase === 'refused') return { words: sentence(refusal?.message || 'There is nothing to watch'), dim: 'grey' }
  if (phase === 'stopped') return { words: 'Stopped.', dim: 'soft' }
  if (status === null || status.state === 'connecting' || status.state === 'idle') {
    return { words: now - begun > patienceMs ? 'Connecting...' : '', dim: 'soft' }
  }
  const age = pictureTime === null ? null : now - pictureTime
  switch (status.state) {
    case 'live': return ofLive(sight, age, now)
    case 'silent': return { words: `No picture for ${seconds(age ?? now - (status.since ?? now))}.`, dim: 'grey' }
    case 'disabled': return { words: 'Switched off.', dim: 'grey' }
    case 'retrying': return { words: `Offline${status.since === null ? '' : ` since ${time(status.since)}`}. ${sentence(status.message)}`.trim(), dim: 'grey' }
    case 'unauthorized': return { words: 'The camera refuses the password.', dim: 'grey' }
    case 'busy': return { words: 'The camera serves no more viewers.', dim: 'grey' }
  }
}

function ofLive({ status, unchangedSince, reduced, live }: TileSight, age: number | null, now: number): Said {
  const limit = Math.max(staleMs, status !== null && status.fps > 0 ? (pauses * 1000) / status.fps : 0)
  if (age !== null && age > limit) return { words: `No picture for ${seconds(age)}.`, dim: 'grey' }
  if (!live) return { words: '', dim: 'soft' }
  if (status !== null && status.behindMs > 0) return { words: `${(status.behindMs / 1000).toFixed(1)} s behind`, dim: '' }
  if (unchangedSince !== null) return { words: `Unchanged for ${seconds(now - unchangedSince)}`, dim: '' }
  if (reduced !== '') return { words: reduced === 'link' ? 'Reduced: slow link' : 'Reduced: slow screen', dim: '' }
  return { words: '', dim: '' }
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000))
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`
}

function time(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}

function sentence(text: string): string {
  return text === '' || text.endsWith('.') ? text : `${text}.`
}
