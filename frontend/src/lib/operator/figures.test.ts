import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, problem } from '../../testing/answers'
import { ratesOf, readTally } from './figures'
import { FiguresState } from './figures.svelte'

function metrics(received: number, sent = 0): string {
  return `# HELP camwall_viewers Viewers.
# TYPE camwall_viewers gauge
camwall_viewers{kind="live"} 3
camwall_viewers{kind="mjpeg"} 2
camwall_build_info{version="0.3.0"} 1
camwall_stream_viewers{camera="gate",stream="main"} 2
camwall_stream_fps{camera="gate",stream="main"} 14.97
camwall_stream_received_bytes_total{camera="gate",stream="main"} ${received}
camwall_stream_sent_bytes_total{camera="gate",stream="main"} ${sent}
camwall_stream_pictures_sent_total{camera="gate",stream="main"} 1e+02
camwall_stream_packets_lost_total{stream="sub",camera="od\\"d\\\\"} 7
camwall_stream_decode_seconds_total{camera="gate",stream="main"} 5
process_resident_memory_bytes 1.5e+08
go_goroutines NaN
`
}

describe('readTally', () => {
  it('reads what is ours, with labels as they are written', () => {
    expect(readTally(metrics(1000), 5)).toEqual({
      at: 5, viewers: 5, memoryBytes: 1.5e8,
      streams: [
        { camera: 'gate', stream: 'main', viewers: 2, fps: 14.97, receivedBytes: 1000, sentBytes: 0, picturesSent: 100, packetsLost: 0, reconnects: 0 },
        { camera: 'od"d\\', stream: 'sub', viewers: 0, fps: 0, receivedBytes: 0, sentBytes: 0, picturesSent: 0, packetsLost: 7, reconnects: 0 },
      ],
    })
  })

  it.each(['', '<html>', 'go_goroutines 5', '{"camwall": 1}'])('is none: %s', (body) => expect(readTally(body, 0)).toBeNull())
})

describe('ratesOf', () => {
  const tally = (at: number, received: number): NonNullable<ReturnType<typeof readTally>> => readTally(metrics(received, received * 2), at) as never

  it('tells what happened a second', () => {
    expect(ratesOf(tally(1000, 1000), tally(3000, 251_000))[0]).toMatchObject({ receivedBits: 1e6, sentBits: 2e6, sentFps: 0 })
  })

  it('tells nothing at first, and of a server that began anew', () => {
    expect(ratesOf(null, tally(1000, 1000))[0]).toMatchObject({ receivedBits: 0, sentBits: 0 })
    expect(ratesOf(tally(1000, 5000), tally(3000, 10))[0]?.receivedBits).toBe(0)
    expect(ratesOf(tally(1000, 0), tally(1000, 5000))[0]?.receivedBits).toBe(0)
  })
})

describe('FiguresState', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('asks every 2 s until it is ended, and says when there is no answer', async () => {
    let up = true
    const server = answers(({ what }) => (!up ? problem(503, 'stopping')
      : what.endsWith('/metrics') ? new Response(metrics(1000)) : Response.json({ name: 'box', version: '1', addresses: ['http://a'], started: '2026-11-21T00:00:00Z' })))
    const figures = new FiguresState({ fetch: server.fetch, timeoutMs: 1000 })
    const end = new AbortController()
    const run = figures.run(end.signal)
    await vi.advanceTimersByTimeAsync(100)
    expect(figures.system).toEqual({ name: 'box', version: '1', addresses: ['http://a'], started: Date.UTC(2026, 10, 21) })
    expect([figures.tally?.viewers, figures.rates.length, figures.problem]).toEqual([5, 2, null])
    up = false
    await vi.advanceTimersByTimeAsync(2000)
    expect(figures.problem?.code).toBe('stopping')
    expect(figures.system?.name).toBe('box')
    end.abort()
    await vi.advanceTimersByTimeAsync(10)
    await run
    expect(server.asked).toHaveLength(4)
  })
})
