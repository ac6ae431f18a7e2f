import type { Problem } from '../api/result'
import type { View } from '../state/view'
import { reasons, type Messages } from './messages'

export type Glyph = 'off' | 'key' | 'warn' | 'pause' | 'busy' | 'wait' | 'lock' | 'list'

/** What is said in the middle of a tile. */
export interface Words {
  readonly glyph: Glyph
  readonly title: string
  readonly detail: string
  /** Amber for what a person can mend or should look at. */
  readonly tone: 'warn' | 'calm'
}

export interface Speech {
  readonly messages: Messages
  readonly locale: string
  /** Unix milliseconds. */
  readonly now: number
}

/** Words for a short wait only disturb. */
const connectingWordsAfterMs = 1000

/** What the tile says, null when the picture says it all. */
export function wordsFor(view: View, speech: Speech): Words | null {
  const { messages: m, now } = speech
  switch (view.kind) {
    case 'live':
    case 'gone':
      return null
    case 'connecting':
      return now - view.since < connectingWordsAfterMs ? null : calm('wait', m.connecting)
    case 'idle':
      return calm('wait', m.starting)
    case 'silent':
      return warn('warn', m.noPictureFor(duration(now - view.since, m)))
    case 'stale':
      return warn('warn', m.noPictureFor(duration(now - view.since, m)), m.reconnecting)
    case 'retrying':
      return calm('off', view.since === null ? m.offline : m.offlineSince(time(view.since, speech)), sentences(m, why(view.reason, view.message, m), next(view.nextTry, speech)))
    case 'unauthorized':
      return warn('key', m.passwordRefused, view.nextTry === null ? sentences(m, view.message) : m.passwordNextTry(time(view.nextTry, speech)))
    case 'busy':
      return warn('busy', m.busy, next(view.nextTry, speech))
    case 'disabled':
      return calm('off', m.disabled)
    case 'paused':
      return calm('pause', m.pausedSince(time(view.since, speech)))
    case 'refused':
      return warn('warn', refusal(view.problem, m), sentences(m, view.problem.detail, view.problem.hint))
    default:
      return view satisfies never
  }
}

/** The marks beside a live picture, at most one a tile: the one that matters most. */
export function markFor(view: View, speech: Speech): string | null {
  if (view.kind !== 'live') return null
  if (view.behindMs !== null) {
    return view.behindMs > 0 ? speech.messages.behind(decimal(view.behindMs / 1000, speech.locale)) : speech.messages.behindUnknown
  }
  return view.unchanged ? speech.messages.unchanged : null
}

/** One unit is enough for people. */
export function duration(ms: number, m: Messages): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return m.seconds(seconds)
  if (seconds < 7200) return m.minutes(Math.floor(seconds / 60))
  return m.hours(Math.floor(seconds / 3600))
}

/** The time of day; with the date when it is another day. */
export function time(at: number, { locale, now }: Speech): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  const day = sameDay ? {} : ({ month: 'short', day: 'numeric' } as const)
  return new Intl.DateTimeFormat(locale, { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

/** With one digit after the point. */
export function decimal(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value)
}

/** The server's sentence where the reader understands it, else ours for its code. */
function why(reason: string, message: string, m: Messages): string {
  const known = reasons.find((code) => code === reason)
  if (known === undefined || (m.serverSpeaksIt && message !== '')) return message
  return m.reasons[known]
}

/** Seconds while they can be counted, a time of day beyond. */
function next(at: number | null, speech: Speech): string {
  if (at === null || at <= speech.now) return ''
  const m = speech.messages
  return at - speech.now < 60_000 ? m.nextTryIn(duration(Math.max(at - speech.now, 1000), m)) : m.nextTryAt(time(at, speech))
}

function refusal(problem: Problem, m: Messages): string {
  switch (problem.status) {
    case 404:
      return m.unknownCamera
    case 429:
      return m.tooMany
    default:
      return m.refused
  }
}

/** The server's sentences may come without their full stop. */
function sentences(m: Messages, ...parts: readonly string[]): string {
  const whole = parts.filter((part) => part !== '').map((part) => (/[.!?]$/.test(part) ? `${part} ` : /[。！？]$/.test(part) ? part : part + m.fullStop))
  return whole.join('').trim()
}

function warn(glyph: Glyph, title: string, detail = ''): Words {
  return { glyph, title, detail, tone: 'warn' }
}

function calm(glyph: Glyph, title: string, detail = ''): Words {
  return { glyph, title, detail, tone: 'calm' }
}
