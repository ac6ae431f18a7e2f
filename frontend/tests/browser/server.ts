import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
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
  const child = spawn(program, ['serve', '--demo', '--listen', `127.0.0.1:${port}`, '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_CONFIG_HOME: data, XDG_DATA_HOME: data },
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
    await rm(data, { recursive: true, force: true })
  }
  try {
    const address = await announced(child, gone)
    return { address, port: Number(new URL(address).port), kill }
  } catch (error) {
    await kill()
    throw error
  }
}

/** The first address of a page that the server prints, on either output. Its cameras' are rtsp: ones. */
function announced(child: ChildProcess, gone: Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const limit = setTimeout(() => reject(new Error(`no address within ${limitMs} ms; the server said:\n${said}`)), limitMs)
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
      const address = /open (http:\/\/127\.0\.0\.1:\d+\/)/.exec(said)?.[1]
      if (address === undefined) return
      clearTimeout(limit)
      resolve(address)
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
