import { createServer, connect, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { growths, table } from '../soak/verdict'
import { ages, paintedRate, quantile } from './figures'
import { start, usage, family } from './processes'
import { startProxy, type Proxy } from './proxy'
import type { Track } from './sampler'

const tracked = (painted: [number, number][]): Track => ({ camera: 'gate', painted, samples: painted.length, blind: [] })

describe('figures', () => {
  it('counts pictures that came while somebody looked', () => {
    const track = tracked([[1000, 7], [1100, 8], [1300, 9]])
    expect(paintedRate(track, { begun: 1000, ended: 2000, slowest: 20, tracks: [] })).toBeCloseTo(2)
  })

  it('takes the last picture of that number that was sent before it was seen', () => {
    const sent = [[7, 900], [8, 1000], [8, 5000], [9, 1290]].map(([frame = 0, at = 0]) => ({ path: 'x', frame, sentUnixMicros: at * 1000 }))
    expect(ages(tracked([[950, 7], [1040, 8], [1310, 9], [5070, 8], [5080, 3]]), sent)).toEqual([40, 20, 70])
  })

  it('orders by number', () => {
    expect(quantile([10, 9, 100, 8], 0.5)).toBe(9)
    expect(quantile([10, 9, 100, 8], 0.95)).toBe(100)
    expect(quantile([], 0.5)).toBeNaN()
  })
})

describe('the verdict on a long run', () => {
  const figure = { name: 'memory', unit: 1, slack: 4 }
  const samples = (...values: number[]): { memory: number }[] => values.map((memory) => ({ memory }))

  it('allows the first third anything, and then 5 % and some slack', () => {
    expect(growths(samples(1, 900, 100, 100, 108, 109), [figure])).toMatchObject([{ second: 100, last: 108.5, met: true }])
    expect(growths(samples(1, 1, 100, 100, 109, 110), [figure])).toMatchObject([{ met: false }])
  })

  it('is no good one of what was not measured', () => {
    expect(growths(samples(1, 1, 1, 1, 1, 1), [{ ...figure, name: 'other' }])).toMatchObject([{ met: false }])
    expect(table(growths(samples(1, 1, 100, 100, 200, 200), [figure]))).toMatch(/^memory +100\.0 +200\.0 +100\.0 % +GREW$/m)
  })
})

describe('processes', () => {
  it('are found with what they started, and what they use', async () => {
    const shell = await start('/bin/sh', ['-c', 'sleep 60 & echo ready; while :; do :; done'], /(ready)/)
    try {
      await expect.poll(() => family(shell.pid).length, { timeout: 5000 }).toBe(2)
      const before = usage([shell.pid])
      await expect.poll(() => usage([shell.pid]).cpuSeconds, { timeout: 10_000 }).toBeGreaterThan(before.cpuSeconds + 0.1)
      expect(before.residentBytes).toBeGreaterThan(100_000)
    } finally {
      for (const pid of family(shell.pid).slice(1)) process.kill(pid)
      await shell.kill()
    }
    expect(usage([shell.pid])).toEqual({ cpuSeconds: 0, residentBytes: 0 })
  })
})

describe('the piece of network', () => {
  let server: Server
  let proxy: Proxy
  afterEach(async () => {
    await proxy.close()
    server.close()
  })

  /** A server that does this with each connection, behind a proxy, and a connection to it that counts. */
  async function connected(serve: (socket: Socket) => void): Promise<{ socket: Socket; got: () => number; ended: () => boolean }> {
    server = createServer((socket) => {
      socket.on('error', () => null)
      serve(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    proxy = await startProxy((server.address() as { port: number }).port)
    const socket = connect(proxy.port, '127.0.0.1')
    let got = 0
    let ended = false
    socket.on('data', (chunk) => { got += chunk.length })
    socket.on('error', () => null)
    socket.on('close', () => { ended = true })
    return { socket, got: () => got, ended: () => ended }
  }

  it('passes everything in both directions', async () => {
    const { socket, got, ended } = await connected((socket) => socket.pipe(socket))
    socket.write(Buffer.alloc(3_000_000))
    await expect.poll(got, { timeout: 10_000 }).toBe(3_000_000)
    expect(proxy.sentBytes()).toBe(3_000_000)
    socket.end()
    await expect.poll(ended, { timeout: 5000 }).toBe(true)
  })

  it('is as slow as it is told to be', async () => {
    const { got } = await connected((socket) => socket.write(Buffer.alloc(20_000_000)))
    proxy.limit(2_000_000)
    await expect.poll(got, { timeout: 5000, interval: 10 }).toBeGreaterThan(0)
    const [before, since] = [got(), performance.now()]
    await expect.poll(() => performance.now() - since, { timeout: 5000 }).toBeGreaterThan(2000)
    const rate = ((got() - before) * 8000) / (performance.now() - since)
    expect(rate).toBeGreaterThan(1_000_000)
    expect(rate).toBeLessThan(2_600_000)
  })

  it('neither passes nor ends anything while it is cut', async () => {
    const { socket, got, ended } = await connected((socket) => socket.pipe(socket))
    socket.write('a')
    await expect.poll(got, { timeout: 5000 }).toBe(1)
    proxy.cut()
    socket.write('b')
    const since = performance.now()
    await expect.poll(() => performance.now() - since, { timeout: 5000 }).toBeGreaterThan(500)
    expect([got(), ended()]).toEqual([1, false])
    proxy.restore()
    await expect.poll(got, { timeout: 5000 }).toBe(2)
    proxy.drop()
    await expect.poll(ended, { timeout: 5000 }).toBe(true)
  })
})
