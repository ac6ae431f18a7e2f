import type { PadNotice } from '../kiosk/pad.svelte'
import type { KioskState } from '../kiosk/state'
import { kioskCodes, type KioskMessages } from './kiosk'
import { kioskEn } from './kiosk-en'
import { kioskZhHant } from './kiosk-zh-hant'
import type { Language } from './language'
import { duration, time, type Speech } from './words'

export const kioskLanguages: Readonly<Record<Language, KioskMessages>> = { 'en': kioskEn, 'zh-Hant': kioskZhHant }

/** That the server has been away for so long; with the time of day where that is known. */
export function outageSentence(lastedMs: number, clockSet: boolean, m: KioskMessages, speech: Speech): string {
  const lasted = duration(lastedMs, speech.messages)
  return clockSet ? m.noConnectionSince(time(speech.now - lastedMs, speech), lasted) : m.noConnectionFor(lasted)
}

/** Before which machine people stand. */
export function machineWords({ host, addresses }: Pick<KioskState, 'host' | 'addresses'>, m: KioskMessages): string {
  return addresses.length === 0 ? m.noAddress(host) : m.thisScreen(host, addresses.join(', '))
}

/** Why there is no server, and what can be done. The kiosk knows more (names, addresses) than its code, for those who read its language. */
export function whyWords({ code, reason, hint }: Pick<KioskState, 'code' | 'reason' | 'hint'>, m: KioskMessages, speech: Speech): readonly string[] {
  const known = kioskCodes.find((one) => one === code)
  const words = known === undefined || (speech.messages.serverSpeaksIt && reason !== '') ? [capital(reason), capital(hint)] : m.reasons[known]
  return words.filter((part) => part !== '')
}

/** What the pad says; the wait goes before everything else. */
export function padWords(notice: PadNotice, waitMs: number, m: KioskMessages, speech: Speech): string {
  if (waitMs > 0) return m.wait(duration(Math.max(waitMs, 1000), speech.messages))
  switch (notice.kind) {
    case 'nothing':
      return m.padHow
    case 'wrong':
      return notice.triesLeft === null ? m.wrong : `${m.wrong} ${m.triesLeft(notice.triesLeft)}`
    case 'checking':
    case 'leaving':
    case 'reloading':
    case 'failed':
      return m[notice.kind]
    default:
      return notice satisfies never
  }
}

/** As sentences begin, but for names of commands. */
function capital(sentence: string): string {
  return sentence.startsWith('camwall') ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
