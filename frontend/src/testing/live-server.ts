import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** One connection as the server sees it. */
export interface ServedViewer {
  /** Every command that came, in order. */
  readonly commands: Readonly<Record<string, unknown>>[]
  /** Sends one message that is whole already. */
  readonly send: (message: Uint8Array) => void
  readonly end: () => void
  readonly ended: () => boolean
}

/** A server on loopback that speaks both ways of the live protocol, as far as the test says. */
export interface LiveServer {
  readonly address: string
  readonly viewers: ServedViewer[]
  /** Whether connections are taken. */
  open: boolean
  readonly close: () => Promise<void>
}

/** A message of JSON as it goes over the wire. */
export function jsonMessage(body: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(body))
  const message = new Uint8Array(5 + text.length)
  new DataView(message.buffer).setUint32(0, text.length + 1)
  message[4] = 2
  message.set(text, 5)
  return message
}

export interface PictureFields {
  readonly codec?: number
  readonly flags?: number
  readonly source?: number
  readonly tile: number
  readonly seq: number
  readonly arrived?: number
  readonly data?: Uint8Array
}

/** A picture as it goes over the wire. */
export function pictureMessage({ codec = 1, flags = 1, source = 1, tile, seq, arrived = 0, data = new Uint8Array([1, 2, 3]) }: PictureFields): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(36 + data.length)
  const view = new DataView(message.buffer)
  view.setUint32(0, message.length - 4)
  message.set([1, codec, flags, source], 4)
  view.setUint32(8, tile)
  view.setUint32(12, seq)
  view.setFloat64(16, arrived)
  view.setFloat64(24, arrived)
  message.set(data, 36)
  return message
}

export function hello(but: Readonly<Record<string, unknown>> = {}): Uint8Array<ArrayBuffer> {
  return jsonMessage({ type: 'hello', version: 1, server: 'test', page: 'p1', now: Date.now(), clock: 1000, tiles: 128, ...but })
}

/** `onViewer` is told of each new connection, before anything is sent to it. */
export async function liveServer(onViewer: (viewer: ServedViewer) => void): Promise<LiveServer> {
  const viewers: ServedViewer[] = []
  const bodies = new Map<string, Record<string, unknown>[]>()
  const server = createServer((request, response) => {
    if (request.url === '/stream/live') {
      const commands: Record<string, unknown>[] = []
      bodies.set(`/stream/live/${viewers.length}`, commands)
      admit(servedBody(response, commands))
    } else {
      void takeCommands(request, response, bodies.get(request.url ?? ''))
    }
  })
  const live: LiveServer = {
    address: '', viewers, open: true,
    close: () => new Promise((resolve) => {
      for (const viewer of viewers) viewer.end()
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
  const admit = (viewer: ServedViewer): void => {
    viewers.push(viewer)
    onViewer(viewer)
  }
  server.on('upgrade', (request, socket: Duplex) => {
    if (!live.open) {
      socket.destroy()
      return
    }
    shakeHands(request, socket)
    admit(servedSocket(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(live, { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

function servedBody(response: ServerResponse, commands: Record<string, unknown>[]): ServedViewer {
  let ended = false
  response.on('close', () => (ended = true))
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
  return { commands, send: (message) => void response.write(message), end: () => void response.end(), ended: () => ended }
}

async function takeCommands(request: IncomingMessage, response: ServerResponse, commands: Record<string, unknown>[] | undefined): Promise<void> {
  let body = ''
  for await (const piece of request) body += String(piece)
  commands?.push(...commandsOf(body))
  response.writeHead(commands === undefined ? 404 : 204).end()
}

function commandsOf(text: string): Record<string, unknown>[] {
  return [JSON.parse(text) as Record<string, unknown> | Record<string, unknown>[]].flat()
}

/** RFC 6455 section 4.2.2. */
function shakeHands(request: IncomingMessage, socket: Duplex): void {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
}

function servedSocket(socket: Duplex): ServedViewer {
  const commands: Record<string, unknown>[] = []
  let ended = false
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => (ended = true))
  socket.on('data', (piece: Buffer) => {
    rest = Buffer.concat([rest, piece])
    for (let frame = frameOf(rest); frame !== null; frame = frameOf(rest)) {
      rest = rest.subarray(frame.size)
      if (frame.opcode === 1) commands.push(...commandsOf(frame.text))
      if (frame.opcode === 8) socket.end()
    }
  })
  return { commands, send: (message) => void socket.write(Buffer.concat([headOf(message.length), message])), end: () => void socket.destroy(), ended: () => ended }
}

/** RFC 6455 section 5.2, of a server: binary, whole, not masked. */
function headOf(length: number): Buffer {
  if (length < 126) return Buffer.from([0x82, length])
  const head = Buffer.alloc(length < 0x10000 ? 4 : 10)
  head[0] = 0x82
  head[1] = length < 0x10000 ? 126 : 127
  if (length < 0x10000) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/** The first frame of a client, which masks what it sends; null while it is not whole. */
function frameOf(bytes: Buffer): { readonly opcode: number; readonly text: string; readonly size: number } | null {
  if (bytes.length < 6) return null
  const short = (bytes[1] ?? 0) & 0x7f
  const at = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < at + 4) return null
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  const size = at + 4 + length
  if (bytes.length < size) return null
  const mask = bytes.subarray(at, at + 4)
  const plain = bytes.subarray(at + 4, size).map((byte, place) => byte ^ (mask[place & 3] ?? 0))
  return { opcode: (bytes[0] ?? 0) & 0x0f, text: Buffer.from(plain).toString('utf8'), size }
}
