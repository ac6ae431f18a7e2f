import { describe, expect, it } from 'vitest'
import { chordOf, isChord, usualChord, type ChordPress } from './key'

const bare: ChordPress = { key: '', code: '', ctrlKey: false, altKey: false, shiftKey: false, metaKey: false }

describe('chordOf', () => {
  it.each([
    ['Ctrl+Alt+Q', { ctrl: true, alt: true, key: 'q' }],
    [' control + ALT + q ', { ctrl: true, alt: true, key: 'q' }],
    ['Ctrl+Shift+F12', { ctrl: true, shift: true, key: 'f12' }],
    ['Super+Esc', { meta: true, key: 'escape' }],
    ['Alt+Space', { alt: true, key: ' ' }],
    ['Ctrl++', { ctrl: true, key: '+' }],
    ['F10', { key: 'f10' }],
    ['Ctrl+Alt+1', { ctrl: true, alt: true, key: '1' }],
  ])('reads %s', (written, chord) => {
    expect(chordOf(written)).toEqual({ ctrl: false, alt: false, shift: false, meta: false, ...chord })
  })

  it.each(['', '   '])('is none in %o', (written) => {
    expect(chordOf(written)).toBeNull()
    expect(isChord(chordOf(written), { ...bare, key: 'q', code: 'KeyQ', ctrlKey: true, altKey: true })).toBe(false)
  })

  it.each(['Ctrl+', 'Ctrl+Alt', 'Hyper+Q', 'Ctrl+Any', 'Ctrl+Q+W', '++'])('takes the usual one for %o', (written) => {
    expect(chordOf(written)).toEqual(usualChord)
  })
})

describe('isChord', () => {
  const chord = usualChord
  it.each<[string, Partial<ChordPress>, boolean]>([
    ['the key', { key: 'q', code: 'KeyQ', ctrlKey: true, altKey: true }, true],
    ['the key with the lock of capitals', { key: 'Q', code: 'KeyQ', ctrlKey: true, altKey: true }, true],
    ['what AltGr makes of it', { key: '@', code: 'KeyQ', ctrlKey: true, altKey: true }, true],
    ['its letter in another place', { key: 'q', code: 'KeyA', ctrlKey: true, altKey: true }, true],
    ['its place in another script', { key: 'ㄆ', code: 'KeyQ', ctrlKey: true, altKey: true }, true],
    ['less', { key: 'q', code: 'KeyQ', ctrlKey: true }, false],
    ['more', { key: 'Q', code: 'KeyQ', ctrlKey: true, altKey: true, shiftKey: true }, false],
    ['the key alone', { key: 'q', code: 'KeyQ' }, false],
    ['another key', { key: 'w', code: 'KeyW', ctrlKey: true, altKey: true }, false],
  ])('%s', (_, press, is) => expect(isChord(chord, { ...bare, ...press })).toBe(is))

  it('knows keys without letters, and signs that Shift makes', () => {
    expect(isChord(chordOf('F12'), { ...bare, key: 'F12', code: 'F12' })).toBe(true)
    expect(isChord(chordOf('F12'), { ...bare, key: 'F12', code: 'F12', shiftKey: true })).toBe(false)
    expect(isChord(chordOf('Ctrl++'), { ...bare, key: '+', code: 'Equal', ctrlKey: true, shiftKey: true })).toBe(true)
    expect(isChord(chordOf('Ctrl+Shift+Q'), { ...bare, key: 'Q', code: 'KeyQ', ctrlKey: true, shiftKey: true })).toBe(true)
    expect(isChord(chordOf('Ctrl+Alt+7'), { ...bare, key: '{', code: 'Digit7', ctrlKey: true, altKey: true })).toBe(true)
  })
})
