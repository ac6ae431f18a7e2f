/** One byte of G.711 A-law as a sample from -1 to 1 (ITU-T G.711 table 1). */
export function alaw(byte: number): number {
  const value = byte ^ 0x55
  const segment = (value >> 4) & 7
  const step = (value & 0x0f) * 2 + 1
  const size = segment === 0 ? step : (step + 32) << (segment - 1)
  return ((value & 0x80) === 0 ? -size : size) / 4096
}

/** One byte of G.711 mu-law as a sample from -1 to 1 (ITU-T G.711 table 2). */
export function mulaw(byte: number): number {
  const value = ~byte & 0xff
  const size = ((((value & 0x0f) << 1) + 33) << ((value >> 4) & 7)) - 33
  return ((value & 0x80) === 0 ? size : -size) / 8192
}

/** A whole frame of one of them, its channels taken apart. */
export function g711(data: Uint8Array, law: (byte: number) => number, channels: number): Float32Array<ArrayBuffer>[] {
  const frames = Math.floor(data.length / channels)
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames)
    for (let at = 0; at < frames; at++) samples[at] = law(data[at * channels + channel] ?? 0)
    return samples
  })
}
