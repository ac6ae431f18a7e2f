import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'

/** The one that `make build` leaves, or the one that the environment names. */
const program = process.env['CAMWALL_SERVER'] ?? join(import.meta.dirname, '../../../../build/bin/camwall-server')

/** How long the server may take until it says where it listens. */
const limitMs = 20_000

/** The server in the place of the first system: its old page, its second port, its cameras. Addresses have no slash at the end. */
export interface System {
  /** The main address: pictures, and the old page below /www/. */
  readonly http: string
  /** The address that speaks the old WebSocket alone. */
  readonly socket: string
  /** Where the simulated cameras are: rtsp://127.0.0.1:PORT. */
  readonly rtsp: string
  /** The folder of the old page, whose settings may be written at any time. */
  readonly www: string
  readonly stop: () => Promise<void>
}

/** Starts the server for the old page, with simulated cameras and those flags. */
export async function startSystem(...flags: string[]): Promise<System> {
  const data = await mkdtemp(join(tmpdir(), 'camwall-seed-test-'))
  const www = join(data, 'www')
  await cp(join(import.meta.dirname, 'www'), www, { recursive: true })
  const child = spawn(program, [
    'serve', '--demo', '--data', data, '--listen', '127.0.0.1:0', '--compat-listen', '127.0.0.1:0', '--compat-www', www, ...flags,
  ], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_CONFIG_HOME: data, XDG_DATA_HOME: data } })
  let said = ''
  const find = (pattern: RegExp): string | undefined => pattern.exec(said)?.[1]
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
    await rm(data, { recursive: true, force: true })
  }
  const started = new Promise<System>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}; the server said:\n${said}`))
    const limit = setTimeout(() => fail(`not started within ${limitMs} ms`), limitMs)
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
      const http = find(/open (http:\/\/127\.0\.0\.1:\d+)\//)
      const socket = find(/compatibility address" url=(ws:\/\/127\.0\.0\.1:\d+)\//)
      const cameras = find(/simulated cameras run" rtsp=(127\.0\.0\.1:\d+)/)
      if (http === undefined || socket === undefined || cameras === undefined) return
      clearTimeout(limit)
      resolve({ http, socket, rtsp: `rtsp://${cameras}`, www, stop })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('error', reject)
    void gone.then(() => {
      clearTimeout(limit)
      fail('the server ended')
    })
  })
  return started.catch(async (error: unknown) => {
    await stop()
    throw error
  })
}

/** A camera as the old page knows it. */
export interface OldCamera {
  readonly ID: string
  readonly Url: string
}

/** Does what the operator of an old page does: writes this site's addresses and cameras into it. */
export async function setUp(system: System, socket: string, cameras: readonly OldCamera[]): Promise<void> {
  const settings = JSON.stringify({ HttpHost: system.http, ProxyHost: socket, Cameras: cameras })
  await writeFile(join(system.www, 'js/settings.js'), `window.cctv = ${settings}\n`)
}

/** A web server that is none of ours. */
export interface ForeignServer {
  readonly origin: string
  /** Serves this folder from now on. */
  serve: (folder: string) => void
  readonly stop: () => Promise<void>
}

const types: Record<string, string> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' }

/** Starts it on a free port of loopback; it serves nothing yet. */
export async function startForeignServer(): Promise<ForeignServer> {
  let folder: string | undefined
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://foreign/').pathname
    const name = path.endsWith('/') ? `${path}index.html` : path
    readFile(join(folder ?? '/nowhere', name)).then(
      (content) => response.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream' }).end(content),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (newFolder) => { folder = newFolder },
    stop,
  }
}
