import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const script = readFileSync(join(import.meta.dirname, '../../../../internal/api/basic/basic.js'), 'utf8')
const nothing = 'data:'
const revision = 'r1'

interface Told { id: string, number: string, name: string, alt: string, text: string, kind: string, state: string, why: string }
interface Now { revision: string, again: number, tiles: Told[] }

const about = (id: string, more: Partial<Told> = {}): Told => ({ id, number: '', name: id, alt: '', text: '', kind: '', state: '', why: '', ...more })

interface Plan { sources?: string[], next?: string, left?: number }

/** The simple page, in a browser that loads a picture when the test says so, and a server that answers what the test says. */
function page({ sources = ['/live/c0?fps=12'], next, left }: Plan = {}) {
  const document = window.document.implementation.createHTMLDocument()
  document.body.innerHTML = `<div id="wall">${sources.map((source) => `<div><a><i><img src="${source}" alt=""></i></a></div>`).join('')}</div>`
  const data: Record<string, string> = { ask: '/wall/hall?basic=now', again: '3', revision, kept: '?basic&lang=en' }
  if (next !== undefined) Object.assign(data, { next, left: String(left) })
  for (const [name, value] of Object.entries(data)) document.body.setAttribute(`data-${name}`, value)
  const asked: HTMLImageElement[] = []
  function Image() {
    const img = document.createElement('img')
    asked.push(img)
    return img
  }
  const server: { now: Now | string | null, asks: string[] } = { now: { revision, again: 3, tiles: sources.map((source) => about(/^\/live\/([^.?]+)/.exec(source)?.[1] ?? '')) }, asks: [] }
  class XMLHttpRequest {
    readyState = 0
    status = 0
    responseText = ''
    onreadystatechange = () => undefined as unknown
    open(_: string, address: string) { server.asks.push(address) }
    send() {
      this.readyState = 4
      this.status = server.now === null ? 0 : 200
      this.responseText = typeof server.now === 'string' ? server.now : JSON.stringify(server.now)
      this.onreadystatechange()
    }
    abort() { return undefined }
  }
  const shown = document.querySelector('img')
  if (shown === null) throw new Error('no picture')
  const location = { reload: vi.fn(), replace: vi.fn() }
  runInNewContext(script, { document, window: {}, location, Image, XMLHttpRequest, JSON, setTimeout, clearTimeout })
  return {
    asked, shown, server, location, body: document.body, tile: document.querySelector('#wall > div'),
    /** The server tells that it is the turn of other cameras; the script asks within its time. */
    turn: (...ids: string[]) => {
      server.now = { revision, again: 3, tiles: ids.map((id) => about(id)) }
      vi.advanceTimersByTime(3000)
    },
    /** The connections that are open: pictures that were asked for, less those that have failed or were ended. */
    open: () => [shown, ...asked].filter((img) => !img.dataset['failed'] && !img.src.startsWith(nothing)),
    load: (img?: HTMLImageElement) => img?.dispatchEvent(new Event('load')),
    fail: (img?: HTMLImageElement) => {
      if (img === undefined) return
      img.dataset['failed'] = 'yes'
      img.dispatchEvent(new Event('error'))
    },
    /** What is seen, without its number. */
    seen: () => [...document.querySelectorAll('a img')].map((img) => img.getAttribute('src')?.replace(/&_=.*/, '')),
    words: () => [...document.querySelectorAll('#wall span, #wall em, #wall p')].filter((el) => !el.classList.contains('off')).map((el) => `${el.className}${el.tagName}:${el.textContent.trim()}`),
  }
}

describe('basic.js', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => { vi.useRealTimers() })

  it('turns from camera to camera as the server tells, with one connection for what is seen', () => {
    const { asked, turn, open, load, seen, words } = page()
    for (const id of ['c1', 'c2', 'c0', 'c1']) {
      turn(id)
      expect(words().join()).not.toContain(id) // its picture is not there yet
      load(asked.at(-1))
      expect(seen()).toEqual([`/live/${id}?fps=12`])
      expect(words()).toEqual([`SPAN:${id}`])
      expect(open()).toEqual([asked.at(-1)])
    }
    expect(asked).toHaveLength(4)
  })

  it('stays with its camera, and asks on, while the server is gone', () => {
    const { server, body, location, seen } = page()
    server.now = null
    vi.advanceTimersByTime(3000)
    expect(body.classList.contains('gone')).toBe(false)
    vi.advanceTimersByTime(2000)
    expect(body.classList.contains('gone')).toBe(true)
    vi.advanceTimersByTime(60_000)
    expect(seen()).toEqual(['/live/c0?fps=12'])
    expect(location.reload).not.toHaveBeenCalled()
    server.now = '<html>somebody else answers</html>'
    vi.advanceTimersByTime(10_000)
    expect(location.reload).not.toHaveBeenCalled()
    server.now = { revision, again: 3, tiles: [about('c0')] }
    vi.advanceTimersByTime(2000)
    expect(location.reload).toHaveBeenCalledOnce()
  })

  it('is loaded anew when its revision is another one, and only then', () => {
    const { server, location } = page()
    vi.advanceTimersByTime(60_000)
    expect(server.asks.length).toBeGreaterThanOrEqual(19)
    expect(server.asks[0]).toMatch(/^\/wall\/hall\?basic=now&_=\d+$/)
    expect(location.reload).not.toHaveBeenCalled()
    server.now = { revision: 'r2', again: 3, tiles: [] }
    vi.advanceTimersByTime(3000)
    expect(location.reload).toHaveBeenCalledOnce()
  })

  it('goes on to the next page when its time is over and the server answers', () => {
    const { server, location } = page({ next: '/wall/hall?basic&page=2', left: 20 })
    vi.advanceTimersByTime(19_900)
    expect(location.replace).not.toHaveBeenCalled()
    server.now = null
    vi.advanceTimersByTime(1100)
    expect(location.replace).not.toHaveBeenCalled()
    server.now = { revision, again: 3, tiles: [about('c0')] }
    vi.advanceTimersByTime(2000)
    expect(location.replace).toHaveBeenCalledExactlyOnceWith('/wall/hall?basic&page=2')
  })

  it('says what the server tells of a camera, as text', () => {
    const { server, tile, words } = page()
    const tell = (more: Partial<Told>) => {
      server.now = { revision, again: 3, tiles: [about('c0', more)] }
      vi.advanceTimersByTime(3000)
    }
    tell({ number: '7', name: 'Gate <1>', text: 'ground floor', kind: 'mark', state: 'Unchanged for 2 min' })
    expect(words()).toEqual(['SPAN:7 Gate <1>', 'EM:ground floor', 'markP:Unchanged for 2 min'])
    expect(tile?.querySelector('a')?.getAttribute('href')).toBe('/camera/c0?basic&lang=en')
    tell({ number: '7', name: '', alt: '7 Gate', kind: 'out', state: 'Offline since 14:02', why: 'The camera does not answer.' })
    expect(words()).toEqual(['SPAN:7', 'outP:Offline since 14:02 The camera does not answer.'])
    expect(tile?.querySelector('img')?.alt).toBe('7 Gate')
    tell({ name: '' })
    expect(words()).toEqual([])
  })

  it('takes stills in turn, each of the camera whose turn it is', () => {
    const { asked, turn, load, seen, words } = page({ sources: ['/live/c0.jpg?drawn=1', '/live/c1.jpg?drawn=1'] })
    turn('c0', 'c2')
    expect(asked.map((img) => img.getAttribute('src')?.replace(/&_=.*/, ''))).toEqual(['/live/c1.jpg?drawn=1', '/live/c0.jpg?drawn=1'])
    load(asked[0]) // too late
    load(asked[1])
    expect(seen()).toEqual(['/live/c0.jpg?drawn=1', '/live/c1.jpg?drawn=1'])
    vi.advanceTimersByTime(1000)
    load(asked[2])
    load(asked[3])
    expect(seen()).toEqual(['/live/c0.jpg?drawn=1', '/live/c2.jpg?drawn=1'])
    expect(words()).toEqual(['SPAN:c0', 'SPAN:c2'])
  })

  it('asks no more often the longer a camera fails', () => {
    const { asked, fail, turn } = page()
    const answer = () => { fail(asked.find((img) => !img.dataset['failed'])) }
    const counts: number[] = []
    for (let minute = 0; minute < 5; minute++) {
      const before = asked.length
      for (let i = 0; i < 10; i++) {
        turn(`c${String(i % 2)}`)
        for (let k = 0; k < 30; k++) {
          vi.advanceTimersByTime(100)
          answer()
        }
      }
      counts.push(asked.length - before)
    }
    // Every turn of 6 s asks at once, and again every 2 s.
    for (const count of counts) expect(count).toBeLessThanOrEqual(31)
    expect(counts.at(-1)).toBeGreaterThanOrEqual(20)
  })

  it('asks on for a lone picture that has ended, one at a time', () => {
    const { asked, shown, open, load, fail, seen, tile } = page()
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
    const { asked, shown, turn, open, load, seen, tile } = page()
    turn('c1') // slow
    turn('c2')
    load(asked[0])
    expect(seen()).toEqual(['/live/c0?fps=12'])
    expect(open()).toEqual([shown, asked[1]])
    load(asked[1])
    expect(seen()).toEqual(['/live/c2?fps=12'])
    expect(open()).toEqual([asked[1]])
    expect(tile?.className).not.toContain('old')
  })

  it('gives up a picture that does not come, and keeps the one before with its name', () => {
    const { asked, shown, turn, open, seen, tile, words } = page()
    vi.advanceTimersByTime(3000)
    turn('c1')
    vi.advanceTimersByTime(11_999)
    expect(open()).toEqual([shown, asked[0]])
    vi.advanceTimersByTime(1)
    expect(open()).toEqual([shown])
    expect(tile?.className).toContain('old')
    expect(seen()).toEqual(['/live/c0?fps=12'])
    expect(words()).toEqual(['SPAN:c0'])
    vi.advanceTimersByTime(2000)
    expect(asked).toHaveLength(2)
  })

  it('lets the next turn take over from a retry', () => {
    const { asked, fail, load, open, turn } = page()
    turn('c1')
    fail(asked[0])
    vi.advanceTimersByTime(2000) // again
    fail(asked[1])
    turn('c2') // before it is asked again
    load(asked[2])
    vi.advanceTimersByTime(10_000)
    expect(asked).toHaveLength(3)
    expect(open()).toEqual([asked[2]])
  })
})
