import type { Sampled, Track } from './sampler'

/** One picture that a simulated camera sent, as /sent tells it. */
export interface Sent {
  readonly path: string
  readonly frame: number
  readonly sentUnixMicros: number
}

/** Pictures that a tile painted in a second, on the average of the time that was looked at. */
export function paintedRate(track: Track, { begun, ended }: Sampled): number {
  return ((track.painted.length - 1) * 1000) / Math.max(ended - begun, 1)
}

/**
 * How old each painted picture was in milliseconds, from the first packet that the camera sent of it. The picture that
 * was there when looking began is left out: nobody saw when it came. A number comes back with each loop of a clip, so
 * the last one sent before it was painted counts.
 */
export function ages(track: Track, sent: readonly Sent[]): number[] {
  const times = new Map<number, number[]>()
  for (const { frame, sentUnixMicros } of sent) {
    const list = times.get(frame) ?? []
    list.push(sentUnixMicros / 1000)
    times.set(frame, list)
  }
  return track.painted.slice(1).flatMap(([at, frame]) => {
    // A millisecond: clocks of pages are rounded.
    const before = times.get(frame)?.filter((time) => time <= at + 1)
    return before === undefined || before.length === 0 ? [] : [at - Math.max(...before)]
  })
}

/** The smallest value that at least this share of all do not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(Math.max(Math.ceil(share * sorted.length) - 1, 0), sorted.length - 1)] ?? NaN
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
