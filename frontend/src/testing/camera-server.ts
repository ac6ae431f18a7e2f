import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on loopback for tests of what reads from one: a real one, since real connections break in more ways than fakes. */
export interface CameraServer {
  readonly address: string
  /** How many requests came, and how many of their connections are still open. */
  readonly requests: () => number
  readonly open: () => number
  readonly close: () => Promise<void>
}

export async function cameraServer(answer: (request: IncomingMessage, response: ServerResponse, place: number) => void): Promise<CameraServer> {
  let requests = 0
  let open = 0
  const server = createServer((request, response) => {
    open++
    response.on('close', () => open--)
    answer(request, response, requests++)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    open: () => open,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

/** Waits for what the network brings while the test holds the timers; vi.waitFor would move those on. */
export async function until(check: () => void): Promise<void> {
  const deadline = performance.now() + 5000
  for (;;) {
    try {
      check()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
