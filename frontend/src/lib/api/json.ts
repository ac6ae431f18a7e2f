/** Readers of answers: they believe nothing. What is missing or of another kind takes its zero. */

export function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}

export function text(body: unknown, name: string): string {
  const value = field(body, name)
  return typeof value === 'string' ? value : ''
}

export function number(body: unknown, name: string): number {
  const value = field(body, name)
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

export function flag(body: unknown, name: string): boolean {
  return field(body, name) === true
}

/** RFC 3339; the server's zero time (year 1) means unknown. */
export function time(body: unknown, name: string): number | null {
  const value = Date.parse(text(body, name))
  return Number.isFinite(value) && value > 0 ? value : null
}

/** One of the words that we know, else the last of them. */
export function word<W extends string>(body: unknown, name: string, known: readonly [...W[], W]): W {
  const value = text(body, name)
  return known.find((one) => one === value) ?? (known[known.length - 1] as W)
}

export function texts(body: unknown, name: string): string[] {
  const value = field(body, name)
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** A list of what `decode` understands; the rest is left out. */
export function list<T>(body: unknown, name: string, decode: (one: unknown) => T | null): T[] {
  const value = field(body, name)
  return Array.isArray(value) ? value.map(decode).filter((one) => one !== null) : []
}
