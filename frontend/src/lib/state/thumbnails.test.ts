import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Thumbnails } from './thumbnails.svelte'

let asked: string[]
let signals: AbortSignal[]
let answer: (address: string) => Promise<Response>

let revoked: ReturnType<typeof vi.fn<(url: string) => void>>

beforeEach(() => {
  vi.useFakeTimers()
  let count = 0
  URL.createObjectURL = vi.fn(() => `blob:${++count}`)
  revoked = vi.fn<(url: string) => void>()
  URL.revokeObjectURL = revoked
  asked = []
  signals = []
  answer = () => Promise.resolve(new Response('jpeg'))
})
afterEach(() => vi.useRealTimers())

function thumbnails(): Thumbnails {
  return new Thumbnails({
    connections: 2,
    fetch: (address, init) => {
      asked.push(address.replace(/\?.*/, ''))
      if (init?.signal) signals.push(init.signal)
      return answer(address)
    },
  })
}

describe('Thumbnails', () => {
  it('fetches what can be seen, gently and again', async () => {
    const pictures = thumbnails()
    const gone = pictures.see('a')
    pictures.see('b')
    await vi.advanceTimersByTimeAsync(100)
    expect(asked).toEqual(['/live/a.jpg', '/live/b.jpg'])
    expect(pictures.url('a')).toMatch(/^blob:/)
    gone()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toEqual(['/live/a.jpg', '/live/b.jpg', '/live/b.jpg'])
    expect(pictures.url('a')).toBeDefined()
    pictures.close()
  })

  it('takes few connections at once', async () => {
    answer = () => new Promise(() => undefined)
    const pictures = thumbnails()
    for (const id of ['a', 'b', 'c', 'd']) pictures.see(id)
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toHaveLength(2)
    pictures.close()
    expect(signals.every((signal) => signal.aborted)).toBe(true)
  })

  it('asks a camera without a picture more seldom', async () => {
    answer = () => Promise.resolve(new Response('{}', { status: 503, headers: { 'Retry-After': '1' } }))
    const pictures = thumbnails()
    pictures.see('a')
    await vi.advanceTimersByTimeAsync(19_000)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2000)
    expect(asked).toHaveLength(2)
    expect(pictures.url('a')).toBeUndefined()
    pictures.close()
  })

  it('rests while nobody looks, and frees all pictures at the end', async () => {
    const pictures = thumbnails()
    pictures.see('a')
    await vi.advanceTimersByTimeAsync(100)
    pictures.rest(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(1)
    pictures.rest(false)
    await vi.advanceTimersByTimeAsync(100)
    expect(asked).toHaveLength(2)
    pictures.close()
    expect(revoked).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(2)
  })
})
