// @vitest-environment node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codecString } from './codec-string'

/** Streams of the server's own tests. */
function stream(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, '../../../../internal/codec/testdata', name)))
}

describe('codecString', () => {
  it.each([
    ['h264', 'h264.h264', /^avc1\.[0-9A-F]{6}$/], ['h264', 'h264-444.h264', /^avc1\.F4/], ['h264', 'h264-422-10.h264', /^avc1\.7A/],
    ['h265', 'h265.h265', /^hev1\.1\.6\.L\d+\.9/],
  ] as const)('%s: %s', (codec, name, expected) => {
    expect(codecString(codec, stream(name))).toMatch(expected)
  })

  it('reads what the standard calls Main at level 3.1, whatever stands before', () => {
    const h264 = new Uint8Array([0, 0, 0, 1, 9, 0x10, 0, 0, 1, 0x67, 0x4d, 0x40, 0x1f, 0x95])
    expect(codecString('h264', h264)).toBe('avc1.4D401F')
    const h265 = new Uint8Array([0, 0, 1, 0x40, 1, 0, 0, 1, 0x42, 1, 1, 0x21, 0x60, 0, 0, 3, 0, 0xb0, 0, 0, 3, 0, 0, 3, 0, 93, 0xa0])
    expect(codecString('h265', h265)).toBe('hev1.1.6.H93.B0')
  })

  it('says nothing without a parameter set', () => {
    for (const codec of ['h264', 'h265'] as const) {
      expect(codecString(codec, new Uint8Array())).toBeNull()
      expect(codecString(codec, new Uint8Array([0, 0, 1]))).toBeNull()
      expect(codecString(codec, new Uint8Array([0, 0, 1, 0x65, 1, 2, 3]))).toBeNull()
      expect(codecString(codec, new Uint8Array([0, 0, 1, 0x67, 0x4d]))).toBeNull()
      expect(codecString(codec, new Uint8Array([0, 0, 1, 0x42, 1, 1]))).toBeNull()
    }
  })
})
