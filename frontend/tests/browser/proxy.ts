import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** A piece of network between a screen and the server, on loopback, that can be cut and made slow. */
export interface Proxy {
  readonly port: number
  /** http://127.0.0.1:PORT/ */
  readonly address: string
  /** Nothing passes any more, in either direction; connections are neither refused nor ended, as when a cable is pulled. */
  cut: () => void
  /** What was cut passes again; what was sent meanwhile arrives late, as TCP would send it again. */
  restore: () => void
  /** Ends every connection at once. */
  drop: () => void
  /** At most so many bits a second to the screen, all connections together; 0 is as fast as it goes. */
  limit: (bitsPerSecond: number) => void
  /** Bytes that have passed to the screen. */
  readonly sentBytes: () => number
  readonly close: () => Promise<void>
}

/** How often a slow link sends. */
const tickMs = 5

/** A link that is slow holds little: what is on its way beyond that waits at the server. */
const heldBytes = 16 * 1024

const fail = (): never => { throw new Error('no such connection') }

/** Listens on a free port and passes everything on to a port of loopback. */
export async function startProxy(to: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let isCut = false
  let bits = 0
  let sent = 0
  let credit = 0
  let last = performance.now()

  const server = createServer((screen) => {
    const beyond = connect({ port: to, host: '127.0.0.1' })
    const pair = [screen, beyond] as const
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      screen.destroy()
      beyond.destroy()
    }
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
      socket.on('readable', () => pump(pair))
      socket.on('drain', () => pump(pair))
    }
  })

  /** Passes on what there is in one direction, up to so many bytes; returns how many. */
  const pass = (from: Socket, into: Socket, most: number): number => {
    let passed = 0
    while (passed < most && into.writableLength < heldBytes) {
      const chunk = from.read(Math.min(most - passed, from.readableLength)) as Buffer | null
      if (chunk === null || chunk.length === 0) break
      into.write(chunk)
      passed += chunk.length
    }
    return passed
  }
  const pump = ([screen, beyond]: readonly [Socket, Socket]): void => {
    if (isCut) return
    pass(screen, beyond, Infinity)
    const passed = pass(beyond, screen, bits > 0 ? Math.floor(credit) : Infinity)
    credit -= passed
    sent += passed
  }
  let turn = 0
  /** Gives a slow link its time, and each connection its turn to be the first. */
  const tick = (): void => {
    const now = performance.now()
    credit = Math.min(credit + ((now - last) * bits) / 8000, heldBytes)
    last = now
    turn++
    const all = [...pairs]
    for (let index = 0; index < all.length; index++) pump(all[(index + turn) % all.length] ?? fail())
  }
  const timer = setInterval(tick, tickMs)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const drop = (): void => { for (const pair of pairs) for (const socket of pair) socket.destroy() }
  return {
    port,
    address: `http://127.0.0.1:${port}/`,
    cut: () => { isCut = true },
    restore: () => {
      isCut = false
      tick()
    },
    drop,
    limit: (bitsPerSecond) => {
      bits = bitsPerSecond
      credit = 0
    },
    sentBytes: () => sent,
    close: async () => {
      clearInterval(timer)
      drop()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
