import { afterEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { fileName, keepFile, storeInBrowser, takeSnapshot, type Subject } from './snapshot'

const at = new Date(2026, 10, 21, 15, 4, 5).getTime()

/** jsdom paints nothing: its canvas is given what it would have made. */
function canvas(blob: Blob | null): HTMLCanvasElement {
  const made = document.createElement('canvas')
  made.toBlob = (done) => done(blob)
  return made
}

const shown = new Blob(['shown'])
const gate: Subject = { id: 'gate', name: 'Front door', number: 1, canvas: canvas(shown), pictureTime: at - 65_000 }

function take(answer: Answer, but: Partial<Subject> = {}) {
  const server = answers(answer)
  return { taken: takeSnapshot({ fetch: server.fetch, now: () => at }, { ...gate, ...but }), asked: server.asked }
}

afterEach(() => void vi.useRealTimers())

describe('takeSnapshot', () => {
  it('takes the main stream\'s picture in full, with the time when it came', async () => {
    const { taken, asked } = take(() => new Response('jpeg', { headers: { 'X-Camwall-Age': '2000' } }))
    expect(await taken).toMatchObject({ kind: 'full', name: 'Front door_2026-11-21_15-04-03.jpg' })
    expect(asked.map(({ what }) => what)).toEqual(['GET /live/gate.jpg?stream=main&q=92'])
  })

  it.each<[string, Answer]>([
    ['refuses', () => problem(503, 'dial_timeout')], ['gives nothing', () => new Response('')], ['is gone', () => Promise.reject(new Error('gone'))],
  ])('keeps what the tile shows when the server %s, with that picture\'s time', async (_, answer) => {
    expect(await take(answer).taken).toMatchObject({ kind: 'shown', blob: shown, name: 'Front door_2026-11-21_15-03-00.jpg' })
  })

  it('waits no longer than 8 s', async () => {
    vi.useFakeTimers()
    const { taken, asked } = take(() => new Promise<Response>(() => undefined))
    await vi.advanceTimersByTimeAsync(8000)
    expect(await taken).toMatchObject({ kind: 'shown', why: null })
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  it('says when there is none', async () => {
    expect(await take(() => problem(503, 'idle'), { pictureTime: null }).taken).toMatchObject({ kind: 'none', why: { code: 'idle' } })
    expect(await take(() => problem(503, 'idle'), { canvas: canvas(null) }).taken).toMatchObject({ kind: 'none' })
    expect(await take(() => problem(503, 'idle'), { canvas: null }).taken).toMatchObject({ kind: 'none' })
  })
})

describe('fileName', () => {
  it.each([
    [{ name: 'Gate B' }, 'Gate B'], [{ name: '' }, 'camera 1'], [{ name: '', number: 0 }, 'gate'], [{ name: '大門' }, '大門'],
    [{ name: '../a\\b:c*"<>|\n' }, 'a b c'], [{ name: '...' }, 'gate'], [{ name: 'x'.repeat(300) }, 'x'.repeat(100)],
  ])('of %o begins with %s', (but, begin) => {
    expect(fileName({ ...gate, ...but }, at)).toBe(`${begin}_2026-11-21_15-04-05.jpg`)
  })
})

describe('keepFile', () => {
  it('hands the file to the browser under its name, and forgets it later', () => {
    vi.useFakeTimers()
    const made = vi.fn(() => 'blob:1')
    const freed = vi.fn()
    vi.stubGlobal('URL', { createObjectURL: made, revokeObjectURL: freed })
    const clicked: string[] = []
    document.addEventListener('click', (event) => {
      event.preventDefault()
      clicked.push((event.target as HTMLAnchorElement).download)
    }, { once: true })
    keepFile(shown, 'a.jpg', document)
    expect([clicked, document.querySelector('a')]).toEqual([['a.jpg'], null])
    vi.advanceTimersByTime(60_000)
    expect(freed).toHaveBeenCalledOnce()
    vi.unstubAllGlobals()
  })
})

describe('storeInBrowser', () => {
  it('hands the file over; what becomes of it nobody tells', async () => {
    vi.useFakeTimers()
    vi.stubGlobal('URL', { createObjectURL: () => 'blob:1', revokeObjectURL: () => undefined })
    const clicked: string[] = []
    document.addEventListener('click', (event) => {
      event.preventDefault()
      clicked.push((event.target as HTMLAnchorElement).download)
    }, { once: true })
    expect(await storeInBrowser(document)(shown, 'b.jpg')).toEqual({ kind: 'stored', name: 'b.jpg' })
    expect(clicked).toEqual(['b.jpg'])
    vi.unstubAllGlobals()
  })
})
