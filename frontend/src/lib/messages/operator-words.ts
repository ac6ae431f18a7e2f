import type { Problem } from '../api/result'
import type { Status, Why } from '../live/client'
import type { Flaw } from '../operator/wall-check'
import { nameOf } from '../operator/find'
import type { Language } from './language'
import type { OperatorMessages } from './operator'
import { operatorEn } from './operator-en'
import { operatorZhHant } from './operator-zh-hant'

export const operatorLanguages: Readonly<Record<Language, OperatorMessages>> = { 'en': operatorEn, 'zh-Hant': operatorZhHant }

/** Why a camera was not turned. */
export function ptzTrouble({ status, code, detail }: Problem, m: OperatorMessages): string {
  const troubles = m.ptzTroubles
  if (status === 0) return troubles.no_answer
  switch (code) {
    case 'not_supported':
    case 'unauthorized':
    case 'forbidden':
    case 'bad_request':
      return troubles[code]
    default:
      return m.serverWords(troubles.other, detail)
  }
}

/** Why the server did not do what a person asked of a wall. */
export function wallTrouble({ status, code, detail }: Problem, m: OperatorMessages): string {
  const { troubles } = m
  if (status === 0) return code === 'timeout' ? troubles.timeout : troubles.no_answer
  switch (code) {
    case 'not_editable':
    case 'storage':
    case 'not_found':
      return troubles[code]
    default:
      return m.serverWords(troubles.other, detail)
  }
}

/** Why a picture is not on the disk. The window knows the file and the reason. */
export function snapshotTrouble({ status, detail, hint }: Problem, m: OperatorMessages): string {
  if (status === 0) return m.snapshotNoAnswer
  return m.serverWords(m.snapshotNotKept, [detail, hint.charAt(0).toUpperCase() + hint.slice(1)].filter((part) => part !== '').join('. '))
}

/** What keeps a wall from being saved, and where. */
export function flawWords(flaw: Flaw, m: OperatorMessages): string {
  const what = m.flaws[flaw.kind]
  return 'page' in flaw ? m.flawAt(what, flaw.page + 1, 'tile' in flaw ? flaw.tile + 1 : null) : what
}

/** What a tile of a wall shows, in a few words. */
export function tileWords(ids: readonly string[], names: ReadonlyMap<string, { readonly id: string; readonly name: string; readonly number: number }>, m: OperatorMessages): string {
  if (ids.length === 0) return m.emptyTile
  return ids.map((id) => {
    const camera = names.get(id)
    if (camera === undefined) return `${id} (${m.gone})`
    return camera.number > 0 ? `${camera.number} ${nameOf(camera)}` : nameOf(camera)
  }).join(', ')
}

/** "1.4 Mbit/s", "320 kbit/s"; empty for none. */
export function bitsWords(bits: number, locale: string): string {
  if (bits <= 0) return ''
  const [value, unit] = bits >= 1e6 ? [bits / 1e6, 'Mbit/s'] as const : [bits / 1e3, 'kbit/s'] as const
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: bits >= 1e6 ? 1 : 0 }).format(value)} ${unit}`
}

/** "H.264" for the formats that a tile shows. */
export function formatWords(format: Status['format']): string {
  return { 'jpeg': 'JPEG', 'h264': 'H.264', 'h265': 'H.265', '': '' }[format]
}

export function whyWords(why: Why, m: OperatorMessages): string {
  return why === '' ? '' : m.whys[why]
}
