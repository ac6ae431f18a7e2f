import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'

const script = readFileSync(join(import.meta.dirname, '../../../public/old.js'), 'utf8')

/** Runs the script in a browser that knows what the test says; the returned function lets all timers pass. */
function browser(but: { language?: string, old?: boolean, begins?: boolean } = {}) {
  const document = window.document.implementation.createHTMLDocument()
  if (but.begins === true) document.documentElement.setAttribute('data-begun', '')
  const timers: (() => void)[] = []
  const known = but.old === true ? {} : { ResizeObserver: 1, AbortController: 1, fetch: 1 }
  const loads: (() => void)[] = []
  const self = { ...known, addEventListener: (_: string, load: () => void) => loads.push(load) }
  runInNewContext(script, {
    window: self, document, location: { pathname: '/wall/hall' }, navigator: { language: but.language ?? 'en-GB' }, setTimeout: (work: () => void) => timers.push(work),
    // jsdom's script elements know no noModule: a real browser's do.
    ...(but.old === true ? {} : { document: new Proxy(document, { get: (from, name) => (name === 'createElement' ? created(from) : bound(from, name)) }) }),
  })
  for (const load of loads) load()
  return { document, wait: () => timers.splice(0).forEach((work) => work()) }
}

function created(from: Document) {
  return (name: string) => (name === 'script' ? { noModule: false } : from.createElement(name))
}

function bound(from: Document, name: string | symbol): unknown {
  const value: unknown = Reflect.get(from, name)
  return typeof value === 'function' ? (value as (...of: unknown[]) => unknown).bind(from) : value
}

describe('old.js', () => {
  it('says at once that a browser is too old, and leads to the simple page of the same wall', () => {
    const { document } = browser({ old: true })
    expect(document.querySelector('[role=alert] h1')?.textContent).toBe('This browser is too old for the camera wall.')
    expect(document.querySelector('a')?.getAttribute('href')).toBe('/wall/hall?basic')
  })

  it('speaks the language of the reader', () => {
    expect(browser({ old: true, language: 'zh-TW' }).document.body.textContent).toContain('這個瀏覽器太舊')
  })

  it('says it of one that cannot begin the page, after a while', () => {
    const { document, wait } = browser()
    expect(document.getElementById('old-browser')).toBeNull()
    wait()
    expect(document.getElementById('old-browser')).not.toBeNull()
  })

  it('leaves a page alone that has begun', () => {
    const { document, wait } = browser({ begins: true })
    wait()
    expect(document.body.children).toHaveLength(0)
  })

  it('is written so that such browsers can read it', () => {
    expect(script).not.toMatch(/=>|\blet\b|\bconst\b|`|\bclass\b|\?\.|\?\?/)
  })
})
