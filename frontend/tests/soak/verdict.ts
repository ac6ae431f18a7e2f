/** What was held at one moment: a number by the figure's name. */
export type Held = Readonly<Record<string, number>>

/** A figure, and how it may grow from the second third of the time to the last. */
export interface Figure {
  readonly name: string
  /** What it is divided by for people. */
  readonly unit: number
  /** Beside 5 %. */
  readonly slack: number
}

/** How a figure grew. */
export interface Growth {
  readonly figure: Figure
  readonly second: number
  readonly last: number
  readonly met: boolean
}

const share = 0.05

/** Compares the last third of all samples with the second; the first is for getting warm. */
export function growths(samples: readonly Held[], figures: readonly Figure[]): Growth[] {
  const third = Math.floor(samples.length / 3)
  const average = (part: readonly Held[], name: string): number => part.reduce((sum, held) => sum + (held[name] ?? NaN), 0) / part.length
  return figures.map((figure) => {
    const second = average(samples.slice(third, 2 * third), figure.name)
    const last = average(samples.slice(2 * third), figure.name)
    // Written so that a figure that was never read is none that is met.
    return { figure, second, last, met: last <= second * (1 + share) + figure.slack }
  })
}

/** A table for people. */
export function table(all: readonly Growth[]): string {
  const rows = all.map(({ figure, second, last, met }) => [
    figure.name, (second / figure.unit).toFixed(1), (last / figure.unit).toFixed(1), `${(100 * (last / second - 1)).toFixed(1)} %`, met ? 'ok' : 'GREW',
  ])
  const lines = [['figure', 'second third', 'last third', 'growth', ''], ...rows]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map((line) => line.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
