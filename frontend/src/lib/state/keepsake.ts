import { limited } from './limited'

/** One picture of a tile, kept over a reload. */
export interface KeptPicture {
  /** When it came from the camera, Unix ms. */
  readonly time: number
  /** A JPEG in base64. */
  readonly data: string
  /** Decoded, once it is; it is there for as long as it may be shown. */
  bitmap?: ImageBitmap
}

/** What a page leaves to the one that takes its place, so that there is no gap to be seen. */
export interface Kept {
  readonly at: number
  /** The lists as the page knew them. */
  readonly cameras: unknown
  readonly walls: unknown
  /** By camera. */
  readonly pictures: Readonly<Record<string, KeptPicture>>
}

/** A tile whose picture is to be kept. */
export interface Keeping {
  readonly camera: string
  readonly time: number
  readonly canvas: HTMLCanvasElement
}

const storageKey = 'camwall.keepsake'

/** Older than this is no reload but another visit. */
const freshMs = 30_000
/** Browsers give a page about 5 million characters. */
const maxChars = 3_500_000
const widest = 640

/** Writes down what the next page is to begin with. What finds no room is left out. */
export async function keep(storage: Storage, tiles: readonly Keeping[], rest: Pick<Kept, 'cameras' | 'walls'>, now: number): Promise<void> {
  const pictures: Record<string, KeptPicture> = {}
  let chars = 0
  for (const { camera, time, canvas } of tiles) {
    const data = await jpegOf(canvas)
    chars += data.length
    if (data === '' || chars > maxChars) continue
    pictures[camera] = { time, data }
  }
  try {
    storage.setItem(storageKey, JSON.stringify({ at: now, ...rest, pictures } satisfies Kept))
  } catch {
    // No room, or a browser that keeps nothing for us: the page begins empty.
  }
}

/** What the page before has left, once; null when there was none just now. */
export function takeKept(storage: Storage, now: number): Kept | null {
  try {
    const text = storage.getItem(storageKey)
    storage.removeItem(storageKey)
    const kept = text === null ? null : JSON.parse(text) as Kept
    return kept !== null && typeof kept.pictures === 'object' && Math.abs(now - kept.at) < freshMs ? kept : null
  } catch {
    return null
  }
}

/** Of a camera, from the page before; null when there is none, and when this page has been there for a while. */
export function keptOf(kept: Kept | null, camera: string, now: number): KeptPicture | null {
  return kept !== null && now - kept.at < freshMs && Object.hasOwn(kept.pictures, camera) ? (kept.pictures[camera] ?? null) : null
}

/** Decodes the pictures, so that they are there with the first thing that is painted. What takes longer than the limit comes later. */
export async function develop(kept: Kept, limitMs: number): Promise<void> {
  let late = false
  const all = Object.values(kept.pictures).map(async (picture) => {
    const blob = pictureOf(picture)
    const bitmap = blob === null ? null : await createImageBitmap(blob).catch(() => null)
    if (bitmap === null) return
    if (late) {
      bitmap.close()
      return
    }
    picture.bitmap = bitmap
    setTimeout(() => {
      delete picture.bitmap
      bitmap.close()
    }, freshMs)
  })
  await limited(Promise.all(all).then(() => undefined), limitMs)
  late = true
}

/** As a file that can be decoded; null when it is none. */
export function pictureOf({ data }: KeptPicture): Blob | null {
  try {
    return new Blob([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], { type: 'image/jpeg' })
  } catch {
    return null
  }
}

/** A smaller copy of what is on the canvas, in base64; empty when that cannot be had. */
async function jpegOf(canvas: HTMLCanvasElement): Promise<string> {
  const scale = Math.min(1, widest / Math.max(1, canvas.width))
  const small = document.createElement('canvas')
  small.width = Math.max(1, Math.round(canvas.width * scale))
  small.height = Math.max(1, Math.round(canvas.height * scale))
  small.getContext('2d')?.drawImage(canvas, 0, 0, small.width, small.height)
  const blob = await new Promise<Blob | null>((resolve) => small.toBlob(resolve, 'image/jpeg', 0.7))
  if (blob === null) return ''
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  for (let from = 0; from < bytes.length; from += 8192) text += String.fromCharCode(...bytes.subarray(from, from + 8192))
  return btoa(text)
}
