import type { Refusal } from '../live/client'
import type { Outage } from '../state/outages'
import type { View } from '../state/view'
import { reasons, type Messages } from './messages'

export type Glyph = 'off' | 'key' | 'warn' | 'pause' | 'stop' | 'full' | 'busy' | 'wait' | 'lock' | 'list'

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
  /** False: the machine does not know the time of day, and nobody is told one. */
  readonly clockSet?: boolean
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
    case 'stale':
      return warn('warn', m.noPictureFor(duration(now - view.since, m)))
    case 'retrying':
      return retrying(view, speech)
    case 'unauthorized':
      return warn('key', m.passwordRefused, view.nextTry === null ? sentences(m, m.serverSpeaksIt ? view.message : '') : passwordNextTry(view.nextTry, speech))
    case 'busy':
      return warn('busy', busy(view.message, m), next(view.nextTry, speech))
    case 'disabled':
      return calm('off', m.disabled)
    case 'paused':
      return calm('pause', m.pausedSince(time(view.since, speech)))
    case 'stopped':
      return calm('stop', m.stopped, view.pictureTime === null ? '' : m.pictureOf(time(view.pictureTime, speech, true), duration(now - view.pictureTime, m)))
    case 'missing':
      return warn('warn', m.unknownCamera)
    case 'refused':
      return warn('warn', refusal(view.refusal, m), m.serverSpeaksIt ? sentences(m, view.refusal.message, view.refusal.hint) : '')
    default:
      return view satisfies never
  }
}

/** The same for a tile whose cause is said elsewhere, for all that share it. */
export function shortWordsFor(view: View, speech: Speech): Words | null {
  const words = wordsFor(view, speech)
  return words === null || view.kind !== 'retrying' ? words && { ...words, detail: '' } : { ...words, title: speech.messages.offline, detail: '' }
}

function retrying(view: Extract<View, { kind: 'retrying' }>, speech: Speech): Words {
  const { messages: m } = speech
  const then = next(view.nextTry, speech)
  // The camera is there, and this channel of it shows nothing.
  if (view.reason === 'no_video') return calm('off', m.noVideo, sentences(m, why(view.reason, view.message, m), then))
  return calm('off', offline(view.since, speech), sentences(m, why(view.reason, view.message, m), then))
}

/** One line for cameras that are away for one reason. The name is empty while the device's is not known. */
export function outageWords({ cameras, device, kind, reason, since, nextTry }: Outage, name: string, speech: Speech): { readonly glyph: Glyph; readonly text: string } {
  const { messages: m } = speech
  const who = device === '' ? m.camerasAway(cameras.length) : m.camerasOf(cameras.length, name || device)
  switch (kind) {
    case 'unauthorized':
      return { glyph: 'key', text: sentences(m, m.says(who, m.passwordRefused), nextTry === null ? '' : passwordNextTry(nextTry, speech)) }
    case 'busy':
      return { glyph: 'busy', text: sentences(m, m.says(who, m.busy), next(nextTry, speech)) }
    case 'retrying':
      return { glyph: 'off', text: sentences(m, m.says(who, offline(since, speech)), why(reason, '', m), next(nextTry, speech)) }
    default:
      return kind satisfies never
  }
}

/** The marks beside a live picture: it is late, does not change, comes with less than was asked for. */
export function marksFor(view: View, { messages: m, locale, now }: Speech): string[] {
  if (view.kind !== 'live') return []
  const marks: string[] = []
  if (view.behindMs > 0) marks.push(m.behind(decimal(view.behindMs / 1000, locale)))
  if (view.unchangedSince !== null) marks.push(m.unchangedFor(duration(now - view.unchangedSince, m)))
  if (view.reduced !== '') marks.push(view.reduced === 'link' ? m.reducedLink : m.reducedScreen)
  return marks
}

/** What is said aloud of a tile. */
export function newsFor(name: string, view: View, speech: Speech): string {
  return speech.messages.says(name, wordsFor(view, speech)?.title ?? speech.messages.live)
}

/** One unit is enough for people. */
export function duration(ms: number, m: Messages): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return m.seconds(seconds)
  if (seconds < 7200) return m.minutes(Math.floor(seconds / 60))
  return m.hours(Math.floor(seconds / 3600))
}

/** The time of day; with the date when it is another day. */
export function time(at: number, { locale, now }: Speech, seconds = false): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  const day = sameDay ? {} : ({ month: 'short', day: 'numeric' } as const)
  const fine = seconds ? ({ second: '2-digit' } as const) : {}
  return new Intl.DateTimeFormat(locale, { ...day, hour: '2-digit', minute: '2-digit', ...fine, hourCycle: 'h23' }).format(at)
}

/** Day, time and zone: "Sat 21 Nov 14:04:31 UTC+8". The zone is the screen's own unless another is named. */
export function clock(at: number, locale: string, zone?: string): string {
  const format = new Intl.DateTimeFormat(locale, {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'shortOffset',
    ...(zone === undefined ? {} : { timeZone: zone }),
  })
  // "GMT" to those who write formats, UTC to those who keep clocks.
  return format.formatToParts(at).map(({ type, value }) => (type === 'timeZoneName' ? value.replace(/^GMT(\+0$)?/, 'UTC') : type === 'literal' && value.includes(',') ? ' ' : value)).join('')
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

function offline(since: number | null, speech: Speech): string {
  const { messages: m, now, clockSet } = speech
  if (since === null) return m.offline
  return clockSet === false ? m.offlineFor(duration(now - since, m)) : m.offlineSince(time(since, speech))
}

function passwordNextTry(at: number, speech: Speech): string {
  const { messages: m, now, clockSet } = speech
  return clockSet === false ? m.passwordNextTryIn(duration(Math.max(at - now, 1000), m)) : m.passwordNextTry(time(at, speech))
}

/** Seconds while they can be counted, a time of day beyond. */
function next(at: number | null, speech: Speech): string {
  if (at === null || at <= speech.now) return ''
  const m = speech.messages
  return at - speech.now < 60_000 || speech.clockSet === false ? m.nextTryIn(duration(Math.max(at - speech.now, 1000), m)) : m.nextTryAt(time(at, speech))
}

function refusal({ status, code }: Refusal, m: Messages): string {
  return status === 429 || code === 'too_many' ? m.tooMany : m.refused
}

/** With the camera's own code where it gave one, as people ask for it. */
function busy(message: string, m: Messages): string {
  const code = /\b(453|503)\b/.exec(message)?.[1]
  return code === undefined ? m.busy : `${m.busy} (${code})`
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
