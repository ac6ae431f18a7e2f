import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The one that `make build` leaves, or the one that the environment names. */
const program = process.env['CAMWALL_SERVER'] ?? join(import.meta.dirname, '../../../build/bin/camwall-server')

/** How long the server may take until it says where it listens, and until it has ended. */
const limitMs = 20_000

/** The real server with its simulated cameras. */
export interface RunningServer {
  /** Ends with a slash. */
  readonly address: string
  readonly port: number
  /** Ends it without warning, as a power cut would, and waits until it is gone. */
  readonly kill: () => Promise<void>
}

/** Starts the server; port 0 takes a free one. */
export async function startServer(port = 0): Promise<RunningServer> {
  const data = await mkdtemp(join(tmpdir(), 'camwall-browser-test-'))
  const config = join(data, 'camwall.yaml')
  // Searches stay on this machine.
  await writeFile(config, 'discovery:\n  interfaces: [lo]\n')
  // The first address of a page that it prints: its cameras' are rtsp: ones.
  const { said: address, kill } = await start(data, ['serve', '--demo', '--listen', `127.0.0.1:${port}`, '--data', data, '--config', config], /open (http:\/\/127\.0\.0\.1:\d+\/)/)
  return { address, port: Number(new URL(address).port), kill }
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
  const { kill } = await start(data, ['demo', '--recorder', '--listen', `${host}:0`], /(name=Recorder)/)
  return { host, signIn: { user: 'admin', password: 'camwall-16' }, kill }
}

/** Starts the program and waits until it says what is waited for, on either output. */
async function start(data: string, parameters: readonly string[], wanted: RegExp): Promise<{ said: string; kill: () => Promise<void> }> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_CONFIG_HOME: data, XDG_DATA_HOME: data } })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
    await rm(data, { recursive: true, force: true })
  }
  try {
    return { said: await heard(child, gone, wanted), kill }
  } catch (error) {
    await kill()
    throw error
  }
}

function heard(child: ChildProcess, gone: Promise<void>, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const limit = setTimeout(() => reject(new Error(`nothing within ${limitMs} ms; the server said:\n${said}`)), limitMs)
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
      const found = wanted.exec(said)?.[1]
      if (found === undefined) return
      clearTimeout(limit)
      resolve(found)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('error', reject)
    void gone.then(() => {
      clearTimeout(limit)
      reject(new Error(`the server ended; it said:\n${said}`))
    })
  })
}
