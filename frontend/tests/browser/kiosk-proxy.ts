import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** What a kiosk stands for between a page and the server: it says how things are, knows the PIN, and passes on the rest. */
export interface KioskProxy {
  /** Ends with a slash. */
  readonly address: string
  /** What it says of itself from now on. */
  say: (state: Readonly<Record<string, unknown>>) => void
  /** The server is not to be reached any more, or is again. */
  away: (away: boolean) => void
  /** What was typed into the PIN pad. */
  readonly unlocks: unknown[]
  readonly close: () => Promise<void>
}

const pin = '2468'
const freeTries = 3
/** In seconds: longer than a busy machine takes to type and to look. */
const rest = 10

/** What the window shows where there is no server. */
const notice = '<!doctype html><title>No connection</title><script>fetch("/kiosk/state")</script>'

export async function startKioskProxy(to: number, first: Readonly<Record<string, unknown>>): Promise<KioskProxy> {
  let state = first
  let isAway = false
  let since = Date.now()
  let wrong = 0
  let until = 0
  const unlocks: unknown[] = []
  const sockets = new Set<Socket>()

  const unlock = (body: unknown, response: ServerResponse): void => {
    unlocks.push(body)
    if (Date.now() < until) {
      response.writeHead(429, { 'Retry-After': String(Math.ceil((until - Date.now()) / 1000)) }).end('{}')
    } else if ((body as { pin?: unknown }).pin === pin) {
      response.writeHead(204).end()
    } else {
      wrong++
      if (wrong >= freeTries) until = Date.now() + rest * 1000
      response.writeHead(403, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ status: 403, triesLeft: Math.max(0, freeTries - wrong) }))
    }
  }
  const answer = (asked: IncomingMessage, response: ServerResponse): void => {
    const path = asked.url ?? ''
    if (path === '/kiosk/state') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ ...state, ready: !isAway, since: Date.now() - since }))
    } else if (path === '/kiosk/unlock') {
      let text = ''
      asked.on('data', (chunk: Buffer) => (text += chunk.toString()))
      asked.on('end', () => unlock(JSON.parse(text), response))
    } else if (isAway) {
      if (path.startsWith('/wall/')) response.writeHead(200, { 'Content-Type': 'text/html' }).end(notice)
      else response.writeHead(502).end('{}')
    } else {
      pass(asked, response, to)
    }
  }
  const server = createServer(answer)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (asked: IncomingMessage, socket: Socket, head: Buffer) => {
    if (isAway) socket.destroy()
    else join(asked, socket, head, to, sockets)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = (): void => { for (const socket of sockets) socket.destroy() }
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    unlocks,
    say: (next) => { state = { ...state, ...next } },
    away: (away) => {
      isAway = away
      since = Date.now()
      if (away) drop()
    },
    close: async () => {
      drop()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** A request as it came, and its answer. */
function pass(asked: IncomingMessage, response: ServerResponse, to: number): void {
  const beyond = request({ host: '127.0.0.1', port: to, method: asked.method, path: asked.url, headers: asked.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  beyond.on('error', () => response.destroy())
  response.on('close', () => beyond.destroy())
  asked.pipe(beyond)
}

/** A WebSocket: from its beginning on just bytes. */
function join(asked: IncomingMessage, socket: Socket, head: Buffer, to: number, sockets: Set<Socket>): void {
  const beyond = connect(to, '127.0.0.1', () => {
    const lines = [`${asked.method ?? 'GET'} ${asked.url ?? '/'} HTTP/1.1`]
    for (let at = 0; at < asked.rawHeaders.length; at += 2) lines.push(`${asked.rawHeaders[at]}: ${asked.rawHeaders[at + 1]}`)
    beyond.write(`${lines.join('\r\n')}\r\n\r\n`)
    beyond.write(head)
    beyond.pipe(socket).pipe(beyond)
  })
  sockets.add(beyond)
  for (const [one, other] of [[socket, beyond], [beyond, socket]] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => {
      other.destroy()
      sockets.delete(one)
    })
  }
}
