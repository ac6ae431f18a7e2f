import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sent } from './figures'
import { start } from './processes'
import { program } from './server'

/** One stream of a simulated camera, as `camwall demo` prints it. */
export interface Stream {
  /** cam1/main. */
  readonly path: string
  /** rtsp://127.0.0.1:PORT/cam1/main, without a sign-in. */
  readonly url: string
  /** user:password, or empty. */
  readonly signIn: string
  readonly codec: string
  readonly size: string
  readonly fps: number
}

/** Simulated cameras in a process of their own, whose faults can be switched (docs/simulated-cameras.md). */
export interface Street {
  readonly pid: number
  readonly streams: readonly Stream[]
  readonly stream: (path: string) => Stream
  /** What was sent in the last minute. */
  readonly sent: (path?: string) => Promise<Sent[]>
  /** Switches a fault of a stream (cam1/main), of a camera (cam1) or of all (*). */
  readonly fault: (path: string, fault: string, more?: object) => Promise<void>
  /** How many sessions play each stream now. */
  readonly playing: () => Promise<Map<string, number>>
  /** The host and port of a camera's ONVIF service, by its name: "Market Street". */
  readonly onvif: (name: string) => string
  /** Ends all cameras, as a power cut would. */
  readonly kill: () => Promise<void>
}

/** Starts them, with some flags of `camwall demo` more. */
export async function startStreet(...flags: string[]): Promise<Street> {
  const data = await mkdtemp(join(tmpdir(), 'camwall-street-'))
  const port = await freePair()
  const control = `http://127.0.0.1:${port + 1}`
  const started = await start(program, ['demo', '--listen', `127.0.0.1:${port}`, '--log-level', 'info', ...flags], /(^rtsp:.*cam6\/main[^]*\n)/m, { XDG_CONFIG_HOME: data, XDG_DATA_HOME: data })
  const streams = (): Stream[] => [...started.words().matchAll(/^(rtsp:\/\/[^/\s]+\/(\S+)) (\S+) (\S+) (\d+x\d+) (\S+)$/gm)].map(([, url = '', path = '', signIn = '', codec = '', size = '', fps = '']) =>
    ({ url, path, signIn: signIn === '-' ? '' : signIn, codec, size, fps: Number(fps) }))
  const kill = async (): Promise<void> => {
    await started.kill()
    await rm(data, { recursive: true, force: true })
  }
  return {
    pid: started.pid,
    get streams() { return streams() },
    stream: (path) => streams().find((stream) => stream.path === path) ?? fail(`no stream ${path}; there are: ${streams().map((stream) => stream.path).join(', ')}`),
    sent: async (path = '') => await (await asked(`${control}/sent${path === '' ? '' : `?path=${path}`}`)).json() as Sent[],
    fault: async (path, fault, more = {}) => {
      await asked(`${control}/fault`, { method: 'POST', body: JSON.stringify({ path, fault, ...more }) })
    },
    onvif: (name) => new RegExp(`ONVIF device" name="?${name}"? address=http://([^/]+)/`).exec(started.words())?.[1] ?? fail(`no device ${name}`),
    playing: async () => new Map((await (await asked(`${control}/fault`)).json() as { path: string; playing: number }[]).map(({ path, playing }) => [path, playing])),
    kill,
  }
}

function fail(why: string): never {
  throw new Error(why)
}

async function asked(address: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(address, init)
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`)
  return answer
}

/** A free port of loopback whose next one is free, too. */
async function freePair(): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const first = await listening(0)
    const { port } = first.address() as AddressInfo
    const second = await listening(port + 1).catch(() => null)
    await closed(first)
    if (second === null) continue
    await closed(second)
    return port
  }
  throw new Error('no two free ports in a row')
}

const listening = (port: number): Promise<ReturnType<typeof createServer>> => new Promise((resolve, reject) => {
  const server = createServer()
  server.once('error', reject)
  server.listen(port, '127.0.0.1', () => resolve(server))
})

const closed = (server: ReturnType<typeof createServer>): Promise<void> => new Promise((resolve) => { server.close(() => resolve()) })
