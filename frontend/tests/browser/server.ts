import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from './processes'

/** The one that `make build` leaves, or the one that the environment names. */
export const program = process.env['CAMWALL_SERVER'] ?? join(import.meta.dirname, '../../../build/bin/camwall-server')

/** The real server. */
export interface RunningServer {
  /** Ends with a slash. */
  readonly address: string
  readonly port: number
  readonly pid: number
  /** What it has logged. */
  readonly words: () => string
  /** Ends it without warning, as a power cut would, and waits until it is gone. What it has kept is removed. */
  readonly kill: () => Promise<void>
}

/** The first address of a page that the server prints: its cameras' are rtsp: ones. */
const pageAddress = /open (http:\/\/127\.0\.0\.1:\d+\/)/

/** Starts the server with its own simulated cameras; port 0 takes a free one. */
export async function startServer(port = 0): Promise<RunningServer> {
  return startServerWith({ port, flags: ['--demo'] })
}

/** How a server is started. */
export interface Setting {
  /** 0, or left out: a free one. */
  readonly port?: number
  /** camwall.yaml. */
  readonly config?: string
  readonly flags?: readonly string[]
  /** A folder for what it keeps, which stays; without one it gets its own, which goes with it. */
  readonly data?: string
}

/** Starts the server; searches of its stay on this machine. */
export async function startServerWith({ port = 0, config = '', flags = [], data }: Setting): Promise<RunningServer> {
  const folder = data ?? await mkdtemp(join(tmpdir(), 'camwall-browser-test-'))
  const file = join(folder, 'camwall.yaml')
  await writeFile(file, `discovery:\n  interfaces: [lo]\n${config}`)
  const env = { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  const remove = async (): Promise<void> => { if (data === undefined) await rm(folder, { recursive: true, force: true }) }
  const parameters = ['serve', ...flags, '--listen', `127.0.0.1:${port}`, '--data', folder, '--config', file]
  const { said: address, pid, words, kill } = await start(program, parameters, pageAddress, env).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return {
    address, port: Number(new URL(address).port), pid, words,
    kill: async () => {
      await kill()
      await remove()
    },
  }
}

/** Simulated devices on an address of loopback of their own, and among them a recorder that wants a password. */
export interface RunningDevices {
  readonly host: string
  /** Of the recorder. */
  readonly signIn: { readonly user: string; readonly password: string }
  readonly kill: () => Promise<void>
}

export async function startDevices(host: string): Promise<RunningDevices> {
  const data = await mkdtemp(join(tmpdir(), 'camwall-browser-test-'))
  const { kill } = await start(program, ['demo', '--recorder', '--listen', `${host}:0`], /(name=Recorder)/, { XDG_CONFIG_HOME: data, XDG_DATA_HOME: data })
  return {
    host,
    signIn: { user: 'admin', password: 'camwall-16' },
    kill: async () => {
      await kill()
      await rm(data, { recursive: true, force: true })
    },
  }
}
