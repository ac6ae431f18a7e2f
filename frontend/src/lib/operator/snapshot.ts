import type { Fetch } from '../api/fetch'
import { problemOf, type Problem } from '../api/result'

/** What is to be kept, and the name that it is kept under. */
export type Snapshot =
  | { readonly kind: 'full'; readonly blob: Blob; readonly name: string }
  /** The server had none: what the tile shows, with the reason. */
  | { readonly kind: 'shown'; readonly blob: Blob; readonly name: string; readonly why: Problem | null }
  | { readonly kind: 'none'; readonly why: Problem | null }

/** What became of a file that was to be kept. */
export type Stored =
  | { readonly kind: 'stored'; readonly name: string }
  /** The reader did not want it after all. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly problem: Problem }

/** Keeps a file on the reader's disk. */
export type Store = (blob: Blob, name: string) => Promise<Stored>

export interface SnapshotConfig {
  readonly fetch: Fetch
  readonly now: () => number
}

export interface Subject {
  readonly id: string
  readonly name: string
  readonly number: number
  /** What the tile shows now, and when that came; null without a picture. */
  readonly canvas: HTMLCanvasElement | null
  readonly pictureTime: number | null
}

/** A camera that is not live answers at once, or in 10 s. Longer than this nobody waits. */
const waitMs = 8000

/** Takes the newest picture in the size that the camera sends; else what the tile shows. */
export async function takeSnapshot({ fetch, now }: SnapshotConfig, subject: Subject): Promise<Snapshot> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), waitMs)
  let why: Problem | null = null
  try {
    const answer = await fetch(`/live/${encodeURIComponent(subject.id)}.jpg?stream=main&q=92`, { signal: limit.signal, cache: 'no-store' })
    if (answer.ok) {
      const blob = await answer.blob()
      const age = Number(answer.headers.get('X-Camwall-Age') ?? 0)
      if (blob.size > 0) return { kind: 'full', blob, name: fileName(subject, now() - (Number.isFinite(age) ? age : 0)) }
    } else {
      why = await problemOf(answer)
    }
  } catch {
    // No answer in time: what the tile shows is all that there is.
  } finally {
    clearTimeout(timer)
  }
  const blob = subject.canvas === null || subject.pictureTime === null ? null : await blobOf(subject.canvas)
  return blob === null ? { kind: 'none', why } : { kind: 'shown', blob, name: fileName(subject, subject.pictureTime ?? now()), why }
}

function blobOf(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92))
}

/** "Front door_2026-11-21_15-04-05.jpg": the time of the picture where the screen is, in words that any disk takes. */
export function fileName({ id, name, number }: Pick<Subject, 'id' | 'name' | 'number'>, at: number): string {
  const plain = (name || (number > 0 ? `camera ${number}` : id)).replace(/[\u0000-\u001f\u007f<>:"/\\|?*]+/g, ' ').replace(/\s+/g, ' ').replace(/^[. ]+|[. ]+$/g, '').slice(0, 100)
  const time = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [String(time.getFullYear()), two(time.getMonth() + 1), two(time.getDate())].join('-')
  return `${plain || id}_${day}_${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join('-')}.jpg`
}

/** As browsers do it: they tell nobody what became of it. */
export function storeInBrowser(page: Document): Store {
  return (blob, name) => {
    keepFile(blob, name, page)
    return Promise.resolve({ kind: 'stored', name })
  }
}

/** Hands a file to the reader's disk. */
export function keepFile(blob: Blob, name: string, page: Document): void {
  const link = page.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.hidden = true
  page.body.append(link)
  link.click()
  link.remove()
  // Some browsers read the file only after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
