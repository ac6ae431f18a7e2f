import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const script = readFileSync(join(import.meta.dirname, '../../../../internal/api/basic/basic.js'), 'utf8')
const nothing = 'data:'

/** The simple page with one tile whose cameras turn every few seconds, in a browser that loads a picture when the test says so. */
function page(cameras: number, dwell: number) {
  const document = window.document.implementation.createHTMLDocument()
  document.body.innerHTML = `<div class="tile" data-dwell="${String(dwell)}">${Array.from({ length: cameras }, (_, i) => camera(i)).join('')}</div>`
  const asked: HTMLImageElement[] = []
  function Image() {
    const img = document.createElement('img')
    asked.push(img)
    return img
  }
  class XMLHttpRequest {
    open() { return undefined }
    send() { return undefined }
    abort() { return undefined }
  }
  const shown = document.querySelector('img')
  if (shown === null) throw new Error('no picture')
  runInNewContext(script, { document, window: {}, location: {}, Image, XMLHttpRequest, setTimeout, clearTimeout, setInterval })
  return {
    asked, shown, tile: document.querySelector('.tile'),
    /** The connections that are open: pictures that were asked for, less those that have failed or were ended. */
    open: () => [shown, ...asked].filter((img) => !img.dataset['failed'] && !img.src.startsWith(nothing)),
    load: (img?: HTMLImageElement) => img?.dispatchEvent(new Event('load')),
    fail: (img?: HTMLImageElement) => {
      if (img === undefined) return
      img.dataset['failed'] = 'yes'
      img.dispatchEvent(new Event('error'))
    },
    /** What is seen, without its number. */
    seen: () => [...document.querySelectorAll('.camera:not(.off) img')].map((img) => img.getAttribute('src')?.replace(/&_=.*/, '')),
  }
}

function camera(i: number): string {
  const source = `/live/c${String(i)}?fps=12`
  return i === 0
    ? `<a class="camera"><i class="box"><img src="${source}" alt="c0"></i><span class="name">c0</span></a>`
    : `<a class="camera off" data-src="${source}"><i class="box"></i><span class="name">c${String(i)}</span></a>`
}

describe('basic.js', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => { vi.useRealTimers() })

  it('turns from camera to camera, with one connection for what is seen', () => {
    const { asked, open, load, seen } = page(3, 10)
    for (const at of [1, 2, 0, 1]) {
      vi.advanceTimersByTime(10_000)
      load(asked.at(-1))
      expect(seen()).toEqual([`/live/c${String(at)}?fps=12`])
      expect(open()).toEqual([asked.at(-1)])
    }
    expect(asked).toHaveLength(4)
  })

  it('asks no more often the longer a camera fails', () => {
    const { asked, fail } = page(2, 5)
    const answer = () => { fail(asked.find((img) => !img.dataset['failed'])) }
    const counts: number[] = []
    for (let minute = 0; minute < 5; minute++) {
      const before = asked.length
      for (let i = 0; i < 600; i++) {
        vi.advanceTimersByTime(100)
        answer()
      }
      counts.push(asked.length - before)
    }
    // Every turn of 5 s asks at once, and again after 2 s and 4 s.
    for (const count of counts) expect(count).toBeLessThanOrEqual(37)
    expect(counts.at(-1)).toBeGreaterThanOrEqual(30)
  })

  it('asks on for a lone picture that has ended, one at a time', () => {
    const { asked, shown, open, load, fail, seen, tile } = page(1, 0)
    fail(shown)
    expect(tile?.className).toContain('old')
    for (let i = 1; i <= 4; i++) {
      vi.advanceTimersByTime(2000)
      expect(asked).toHaveLength(i)
      if (i < 4) fail(asked.at(-1))
    }
    load(asked.at(-1))
    expect(tile?.className).not.toContain('old')
    expect(seen()).toEqual(['/live/c0?fps=12'])
    expect(open()).toEqual([asked.at(-1)])
    vi.advanceTimersByTime(60_000)
    expect(asked).toHaveLength(4)
  })

  it('ends the connection of a picture that comes when it is the turn of another', () => {
    const { asked, shown, open, load, seen, tile } = page(3, 5)
    vi.advanceTimersByTime(5000) // to c1, slow
    vi.advanceTimersByTime(5000) // to c2
    load(asked[0])
    expect(seen()).toEqual(['/live/c0?fps=12'])
    expect(open()).toEqual([shown, asked[1]])
    load(asked[1])
    expect(seen()).toEqual(['/live/c2?fps=12'])
    expect(open()).toEqual([asked[1]])
    expect(tile?.className).not.toContain('old')
  })

  it('gives up a picture that does not come, and keeps the one before', () => {
    const { asked, shown, open, seen, tile } = page(2, 60)
    vi.advanceTimersByTime(60_000)
    vi.advanceTimersByTime(11_999)
    expect(open()).toEqual([shown, asked[0]])
    vi.advanceTimersByTime(1)
    expect(open()).toEqual([shown])
    expect(tile?.className).toContain('old')
    expect(seen()).toEqual(['/live/c0?fps=12'])
    vi.advanceTimersByTime(2000)
    expect(asked).toHaveLength(2)
  })

  it('lets the next turn take over from a retry', () => {
    const { asked, fail, load, open } = page(2, 5)
    vi.advanceTimersByTime(5000)
    fail(asked[0])
    vi.advanceTimersByTime(1900)
    vi.advanceTimersByTime(100) // again
    fail(asked[1])
    vi.advanceTimersByTime(2000) // again
    vi.advanceTimersByTime(900)
    fail(asked[2])
    vi.advanceTimersByTime(100) // the turn of c0
    load(asked[3])
    vi.advanceTimersByTime(4000)
    expect(asked).toHaveLength(4)
    expect(open()).toEqual([asked[3]])
  })
})
