import type { WireWant } from './protocol'
import type { View, Want } from './watch'

const [smallest, largest] = [16, 8192]

/** A wish as the server is told: with the pixels that the view needs. */
export function wireWant({ camera, stream, width, height, fit, fps }: Want, view: View, formats: WireWant['formats']): WireWant {
  const pixels = (all: number, part: number): number => Math.min(Math.max(Math.round(all / part), smallest), largest)
  return { camera, stream, fit, fps, width: pixels(width, view.width), height: pixels(height, view.height), formats }
}

/** What is wanted and was not asked for. */
export function otherThan(asked: WireWant, wanted: WireWant): Partial<WireWant> {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => (
    JSON.stringify(value) !== JSON.stringify(Reflect.get(asked, name))
  )))
}
