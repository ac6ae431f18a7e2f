import type { Camera, CameraStream } from '../api/camera'
import type { Channel, Description, Trouble } from '../api/device'
import type { Problem } from '../api/result'
import type { Found } from '../api/discovery'
import type { Search } from '../state/discovery.svelte'
import type { View } from '../state/view'
import { troubleCodes, type CamerasMessages } from './cameras'
import { camerasEn } from './cameras-en'
import { camerasZhHant } from './cameras-zh-hant'
import type { Language } from './language'
import { reasons, type Messages } from './messages'

export const camerasLanguages: Readonly<Record<Language, CamerasMessages>> = { 'en': camerasEn, 'zh-Hant': camerasZhHant }

/** What the words of the page are made with. */
export interface CamerasSpeech {
  readonly m: CamerasMessages
  readonly common: Messages
  readonly locale: string
}

/** What is wrong, what can be done, and the server's own words where they are not what. */
export interface TroubleText {
  readonly what: string
  readonly todo: string
  readonly original: string
}

/** Our words for a trouble. The server's own know more (addresses, numbers), for those who read its language. */
export function troubleText(trouble: Trouble | Problem, { m, common }: CamerasSpeech): TroubleText {
  const said = sentence('message' in trouble ? trouble.message : trouble.detail)
  if ('status' in trouble && trouble.status === 0) {
    return { what: trouble.code === 'timeout' ? m.troubles.timeout.what : m.noAnswer, todo: m.troubles.no_answer.todo, original: '' }
  }
  const ours = wordsOf(trouble.code, m, common)
  if (common.serverSpeaksIt && said !== '') return { what: said, todo: sentence(trouble.hint), original: '' }
  if (ours === null) return { what: said || trouble.code, todo: sentence(trouble.hint), original: '' }
  return { ...ours, original: said === '' ? '' : m.originalWords(said) }
}

function wordsOf(code: string, m: CamerasMessages, common: Messages): { what: string; todo: string } | null {
  const known = troubleCodes.find((one) => one === code)
  if (known !== undefined) return m.troubles[known]
  const reason = reasons.find((one) => one === code)
  return reason === undefined ? null : { what: common.reasons[reason], todo: '' }
}

/** Sentences of programs begin in lower case; names of things that do (eth0, 192...) stay as they are. */
function sentence(words: string): string {
  const first = /^[a-z]+(?=[ ,:;.']|$)/.exec(words)
  return first === null ? words : words.charAt(0).toUpperCase() + words.slice(1)
}

const codecs: Readonly<Record<string, string>> = { H264: 'H.264', H265: 'H.265', MPEG4: 'MPEG-4', MJPEG: 'JPEG', unknown: '' }

export function codecName(codec: string): string {
  return codecs[codec] ?? codec
}

/** "H.265 1920x1080 25 fps"; what is not known is left out. */
export function streamWords({ codec, width, height, fps }: Pick<CameraStream, 'codec' | 'width' | 'height' | 'fps'>, { m, locale }: CamerasSpeech): string {
  const size = width > 0 && height > 0 ? `${width}x${height}` : ''
  return [codecName(codec), size, fps > 0 ? m.fps(rate(fps, locale)) : ''].filter((word) => word !== '').join(' ')
}

/** At most one digit after the point. */
export function rate(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value)
}

/** What a configured camera offers: its streams, the rate of the best alone. */
export function offerWords(camera: Camera, speech: CamerasSpeech): string {
  return camera.streams.map((stream, place) => streamWords(place === 0 ? stream : { ...stream, fps: 0 }, speech)).filter((words) => words !== '').join(', ')
}

/**
 * What a described device offers: its channels, or the streams that a camera of it would have. A channel counts as one
 * with a picture unless `hasPicture` knows better.
 */
export function describedWords({ channels, profiles }: Description, speech: CamerasSpeech, hasPicture = (channel: Channel): boolean => channel.playable): string {
  const { m } = speech
  const playable = channels.filter((channel) => (channels.length > 1 ? hasPicture(channel) : channel.playable)).length
  if (channels.length > 1) return playable === channels.length ? m.channelCount(channels.length) : m.channelsSplit(channels.length, playable, channels.length - playable)
  if (playable === 0) return m.noVideo
  const chosen = (['main', 'sub'] as const).flatMap((use) => profiles.filter((profile) => profile.chosen === use))
  return chosen.map((profile, place) => streamWords(place === 0 ? profile : { ...profile, fps: 0 }, speech)).filter((words) => words !== '').join(', ')
}

export function foundByWords(ways: readonly string[], m: CamerasMessages): string {
  return ways.map((way) => (way in m.ways ? m.ways[way as keyof CamerasMessages['ways']] : way)).join(', ')
}

export function foundName(found: Found, title: string, m: CamerasMessages): string {
  return found.kind === 'recorder' && !/recorder|nvr/i.test(title) ? m.recorder(title) : title
}

/** More are counted, not named. */
const namedInterfaces = 3

/** "Searching on eth0 and wlan0. 6 devices so far, 2 s left." */
export function searchWords(search: Search, devices: number, now: number, { m, locale }: CamerasSpeech): string {
  const { interfaces } = search
  const named = interfaces.length > namedInterfaces + 1 ? [...interfaces.slice(0, namedInterfaces), m.moreInterfaces(interfaces.length - namedInterfaces)] : interfaces
  const words = named.length === 0 ? m.searching(devices) : m.searchingOn(new Intl.ListFormat(locale, { type: 'conjunction' }).format(named), devices)
  return `${words}${/[a-z,]$/.test(words) ? ' ' : ''}${m.secondsLeft(Math.max(1, Math.ceil((search.endsAt - now) / 1000)))}`
}

/** What a camera's state is, as a tile would say it; null while there is nothing to say. */
export function stateOf(camera: Camera, now: number): View | null {
  const { state, since, nextTry, reason, message } = camera
  switch (state) {
    case 'silent':
      return { kind: 'silent', since: since ?? now }
    case 'retrying':
      return { kind: 'retrying', since, nextTry, reason, message }
    case 'unauthorized':
      return { kind: 'unauthorized', nextTry, message }
    case 'busy':
      return { kind: 'busy', nextTry, message }
    case 'disabled':
      return { kind: 'disabled' }
    case 'live':
    case 'idle':
    case 'connecting':
      return null
    default:
      return state satisfies never
  }
}
