/** A key with what has to be held. */
export interface Chord {
  readonly ctrl: boolean
  readonly alt: boolean
  readonly shift: boolean
  readonly meta: boolean
  /** In small letters, as browsers name it. */
  readonly key: string
}

export type ChordPress = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>

/** What opens the PIN pad where that can't be read. */
export const usualChord: Chord = { ctrl: true, alt: true, shift: false, meta: false, key: 'q' }

const held: ReadonlyMap<string, 'ctrl' | 'alt' | 'shift' | 'meta'> = new Map([
  ['ctrl', 'ctrl'], ['control', 'ctrl'], ['alt', 'alt'], ['option', 'alt'], ['shift', 'shift'],
  ['meta', 'meta'], ['super', 'meta'], ['win', 'meta'], ['windows', 'meta'], ['cmd', 'meta'], ['command', 'meta'],
])

/** How people write keys that browsers name otherwise. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['esc', 'escape'], ['return', 'enter'], ['del', 'delete'], ['ins', 'insert'], ['pgup', 'pageup'], ['pgdn', 'pagedown'], ['space', ' '],
  ['up', 'arrowup'], ['down', 'arrowdown'], ['left', 'arrowleft'], ['right', 'arrowright'], ['plus', '+'],
])

/** One sign, or a name that keys have. */
const known = /^(.|f\d{1,2}|escape|enter|tab|backspace|delete|insert|home|end|pageup|pagedown|arrow(up|down|left|right)|pause|scrolllock|printscreen|contextmenu)$/u

/** Reads "Ctrl+Alt+Q"; what can't be read is the usual one, so that there is a way. Null for nothing: no key opens it. */
export function chordOf(written: string): Chord | null {
  if (written.trim() === '') return null
  // A plus at the end is the key itself.
  const parts = written.trim().replace(/\+\+$/, '+plus').split('+').map((part) => part.trim().toLowerCase())
  const last = parts.pop() ?? ''
  const mods = parts.map((part) => held.get(part))
  const key = otherNames.get(last) ?? last
  if (!known.test(key) || mods.includes(undefined)) return usualChord
  return {
    ctrl: mods.includes('ctrl'), alt: mods.includes('alt'), shift: mods.includes('shift'), meta: mods.includes('meta'),
    key,
  }
}

/** Whether it is pressed: by what the key writes, or by where it stands, as Alt and other scripts make other letters of it. */
export function isChord(chord: Chord | null, press: ChordPress): boolean {
  if (chord === null) return false
  const { ctrl, alt, shift, meta, key } = chord
  if (press.ctrlKey !== ctrl || press.altKey !== alt || press.metaKey !== meta || (shift && !press.shiftKey)) return false
  const code = /^[a-z]$/.test(key) ? `key${key}` : /^\d$/.test(key) ? `digit${key}` : null
  // Shift may be what makes the sign; not a letter.
  if (!shift && press.shiftKey && (code !== null || key.length > 1)) return false
  return press.key.toLowerCase() === key || (code !== null && press.code.toLowerCase() === code)
}
