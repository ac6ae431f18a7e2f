import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cameras } from '../../testing/cameras'
import type { ApiClient } from '../api/client'
import type { Camera } from '../api/camera'
import { noAnswer, type Result } from '../api/result'
import { ServerState } from './server.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const good: Result<Camera[]> = { kind: 'ok', value: cameras(2) }
const bad: Result<Camera[]> = { kind: 'error', problem: noAnswer('refused') }
const late: Result<Camera[]> = { kind: 'error', problem: { ...noAnswer('late'), code: 'timeout' } }

function running(first: Result<Camera[]>) {
  const list = vi.fn<ApiClient['cameras']>().mockResolvedValue(first)
  const server = new ServerState({ api: { cameras: list } as unknown as ApiClient, random: () => 0.5 })
  const end = new AbortController()
  const ended = server.run(end.signal)
  return { server, list, end, ended }
}

describe('ServerState', () => {
  it('knows nothing at first, then the list, and keeps it fresh', async () => {
    const { server, list, end, ended } = running(good)
    expect([server.cameras, server.link.kind]).toEqual([null, 'unknown'])
    await vi.advanceTimersByTimeAsync(0)
    expect(server.cameras).toHaveLength(2)
    expect(server.link.kind).toBe('up')
    list.mockResolvedValue({ kind: 'ok', value: cameras(3) })
    await vi.advanceTimersByTimeAsync(2000)
    expect([server.cameras?.length, server.answers]).toEqual([3, 2])
    end.abort()
    await ended
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps the last list while the server is gone, backs off, and recovers by itself', async () => {
    const { server, list, end } = running(good)
    await vi.advanceTimersByTimeAsync(0)
    list.mockResolvedValue(bad)
    await vi.advanceTimersByTimeAsync(2000)
    expect(server.link).toMatchObject({ kind: 'down', nextTry: Date.now() + 500 })
    expect(server.cameras).toHaveLength(2)
    list.mockClear()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(list.mock.calls.length).toBeGreaterThan(10)
    expect(list.mock.calls.length).toBeLessThan(20)
    list.mockResolvedValue(good)
    await vi.advanceTimersByTimeAsync(5000)
    expect(server.link.kind).toBe('up')
    end.abort()
  })

  it('asks at once when told to, but never in a storm', async () => {
    const { server, list, end } = running(bad)
    await vi.advanceTimersByTimeAsync(30_000)
    list.mockClear()
    list.mockResolvedValue(good)
    for (let n = 0; n < 100; n++) {
      server.askNow()
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(server.link.kind).toBe('up')
    expect(list.mock.calls.length).toBeLessThanOrEqual(6)
    end.abort()
  })

  it('does not call a server gone whose other answers come while a call waits for a connection', async () => {
    const { server, list, end } = running(good)
    await vi.advanceTimersByTimeAsync(0)
    list.mockResolvedValue(late)
    await vi.advanceTimersByTimeAsync(1900)
    server.heard()
    await vi.advanceTimersByTimeAsync(200)
    expect(server.link.kind).toBe('up')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.link.kind).toBe('down')
    end.abort()
  })
})
