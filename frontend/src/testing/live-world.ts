import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { transferableAbortController } from 'node:util'
import { vi } from 'vitest'
import type { Decoded, JpegDecoder } from '../lib/live/jpeg'
import type { LiveWorld } from '../lib/live/world'

const require = createRequire(import.meta.url)

/** What jsdom connects with where it isn't told that it is a browser. */
const RealWebSocket = require(join(dirname(require.resolve('ws/package.json')), 'lib/websocket.js')) as typeof WebSocket

/** Node's fetch knows no signals of jsdom. */
const realFetch: LiveWorld['fetch'] = (address, init) => {
  const end = transferableAbortController()
  const { signal, ...rest } = init ?? {}
  if (signal?.aborted === true) end.abort()
  signal?.addEventListener('abort', () => end.abort())
  return fetch(address, { ...rest, signal: end.signal })
}

/** Counts what a browser would leak. */
export interface Counted {
  made: number
  open: number
}

export interface TestWorld {
  readonly world: LiveWorld
  readonly bitmaps: Counted
  /** Paints what waits to be painted. */
  readonly paint: () => void
}

/** A world whose pictures are counted and whose frames come when the test says so; the rest is real. */
export function testWorld(but: Partial<LiveWorld> = {}): TestWorld {
  const bitmaps: Counted = { made: 0, open: 0 }
  let frames: (() => void)[] = []
  const decoder: JpegDecoder = { name: 'ImageBitmap', decode: (jpeg) => Promise.resolve(countedPicture(bitmaps, jpeg)) }
  const world: LiveWorld = {
    now: () => performance.now(),
    date: () => Date.now(),
    random: () => 0,
    fetch: realFetch,
    openSocket: (address) => new RealWebSocket(address.replace(/^http/, 'ws')),
    newJpegDecoder: () => decoder,
    videoDecoder: null,
    audioDecoder: null,
    newAudio: () => null,
    secure: true,
    frame: (callback) => frames.push(callback),
    ...but,
  }
  const paint = (): void => {
    const now = frames
    frames = []
    for (const callback of now) callback()
  }
  return { world, bitmaps, paint }
}

export function countedPicture(counted: Counted, jpeg: Uint8Array = new Uint8Array()): Decoded {
  if (jpeg[0] === 0) throw new Error('no picture')
  counted.made++
  counted.open++
  let released = false
  return {
    source: document.createElement('canvas'), width: 640, height: 360, scarce: false,
    release: () => {
      if (released) throw new Error('released twice')
      released = true
      counted.open--
    },
  }
}

/** jsdom has no canvas: this one notes what is drawn. */
export function drawing(): { readonly drawImage: ReturnType<typeof vi.fn>; readonly fillRect: ReturnType<typeof vi.fn>; readonly rotate: ReturnType<typeof vi.fn> } {
  const context = { drawImage: vi.fn(), fillRect: vi.fn(), save: vi.fn(), restore: vi.fn(), translate: vi.fn(), rotate: vi.fn() }
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never)
  return context
}
