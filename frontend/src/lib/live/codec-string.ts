/**
 * What WebCodecs wants to hear of a coded stream (RFC 6381 section 3.4; ISO/IEC 14496-15 annex E), from a key unit in
 * Annex B. Null without its parameter set.
 */
export function codecString(codec: 'h264' | 'h265', unit: Uint8Array): string | null {
  for (const nal of nals(unit)) {
    const found = codec === 'h264' ? h264String(nal) : h265String(nal)
    if (found !== null) return found
  }
  return null
}

/** The NAL units of an access unit (ITU-T H.264 annex B). Slices are long and come last, so most are never reached. */
function* nals(unit: Uint8Array): Generator<Uint8Array> {
  let begin = startCode(unit, 0)
  while (begin < unit.length) {
    const end = startCode(unit, begin)
    yield unit.subarray(begin, end < unit.length ? end - 3 : end)
    begin = end
  }
}

/** Behind the next start code, or the end. */
function startCode(unit: Uint8Array, from: number): number {
  for (let at = from; at + 2 < unit.length; at++) {
    if (unit[at] === 0 && unit[at + 1] === 0 && unit[at + 2] === 1) return at + 3
  }
  return unit.length
}

/** ITU-T H.264 section 7.3.2.1: profile, constraints, level follow the head of type 7. */
function h264String(nal: Uint8Array): string | null {
  if (((nal[0] ?? 0) & 0x1f) !== 7 || nal.length < 4) return null
  return `avc1.${hex(nal[1])}${hex(nal[2])}${hex(nal[3])}`
}

/** ITU-T H.265 section 7.3.3: profile, compatibility, constraints, level in a parameter set of type 33. */
function h265String(nal: Uint8Array): string | null {
  if ((((nal[0] ?? 0) >> 1) & 0x3f) !== 33) return null
  const set = unescaped(nal.subarray(2, 32))
  if (set.length < 13) return null
  const byte = (at: number): number => set[at] ?? 0
  const space = ['', 'A', 'B', 'C'][byte(1) >> 6] ?? ''
  const tier = (byte(1) & 0x20) === 0 ? 'L' : 'H'
  let compatible = 0
  for (let bit = 0; bit < 32; bit++) {
    if ((byte(2 + (bit >> 3)) & (0x80 >> (bit & 7))) !== 0) compatible += 2 ** bit
  }
  let last = 11
  while (last >= 6 && byte(last) === 0) last--
  const constraints = Array.from({ length: Math.max(0, last - 5) }, (_, place) => `.${byte(6 + place).toString(16).toUpperCase()}`).join('')
  return `hev1.${space}${byte(1) & 0x1f}.${compatible.toString(16).toUpperCase()}.${tier}${byte(12)}${constraints}`
}

/** Takes out the bytes that keep start codes apart (ITU-T H.265 section 7.4.2). */
function unescaped(bytes: Uint8Array): number[] {
  const plain: number[] = []
  let zeros = 0
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    zeros = byte === 0 ? zeros + 1 : 0
    plain.push(byte)
  }
  return plain
}

function hex(byte: number | undefined): string {
  return (byte ?? 0).toString(16).padStart(2, '0').toUpperCase()
}
