/** How far texts wander, and how long they rest. */
const stepPx = 2
const everyMs = 300_000

const corners = [[0, 0], [stepPx, 0], [stepPx, stepPx], [0, stepPx]] as const

/** Where texts over pictures stand now: they go round a small square, so that no screen keeps them for ever. A value of `translate`. */
export function shiftAt(now: number): string {
  const turn = Math.floor(now / everyMs) % corners.length
  const [x, y] = corners[(turn + corners.length) % corners.length] ?? corners[0]
  return `${x}px ${y}px`
}
