import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'

/** How long a program may take until it says what is waited for. */
const limitMs = 20_000

/** A program that was started, and what it said at the start. Whoever started it ends it. */
export interface Started {
  readonly pid: number
  /** What the first group of the awaited words matched. */
  readonly said: string
  /** Everything that it has said so far, on both outputs. */
  readonly words: () => string
  /** Ends it without warning, as a power cut would, and waits until it is gone. */
  readonly kill: () => Promise<void>
  /** Asks it to end, and waits. */
  readonly stop: () => Promise<void>
}

/** Starts a program and waits until it says what is waited for, on either output. */
export async function start(program: string, parameters: readonly string[], wanted: RegExp, env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const end = (signal: NodeJS.Signals) => async (): Promise<void> => {
    child.kill(signal)
    await gone
  }
  const kill = end('SIGKILL')
  const { first, words } = listen(child, gone, wanted)
  try {
    return { said: await first, pid: child.pid ?? 0, words, kill, stop: end('SIGTERM') }
  } catch (error) {
    await kill()
    throw error
  }
}

/** The last words are kept: a failed test tells what the server said. */
const keptCharacters = 256 * 1024

function listen(child: ChildProcess, gone: Promise<void>, wanted: RegExp): { first: Promise<string>; words: () => string } {
  let said = ''
  const first = new Promise<string>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`nothing within ${limitMs} ms; it said:\n${said}`)), limitMs)
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-keptCharacters)
      const found = wanted.exec(said)?.[1]
      if (found === undefined) return
      clearTimeout(limit)
      resolve(found)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', reject)
    void gone.then(() => {
      clearTimeout(limit)
      reject(new Error(`it ended; it said:\n${said}`))
    })
  })
  return { first, words: () => said }
}

/** What some processes have used and hold. */
export interface Usage {
  /** User and system time since each began. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** A process and all that it started, directly or not, that are there now. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(fieldsOf(Number(name))[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found = [pid]
  for (let next = 0; next < found.length; next++) found.push(...(children.get(found[next] ?? 0) ?? []))
  return found
}

/** What processes have used and hold together; those that are gone count nothing. */
export function usage(pids: readonly number[]): Usage {
  let cpuSeconds = 0
  let residentBytes = 0
  for (const pid of pids) {
    const fields = fieldsOf(pid)
    // USER_HZ is 100 on every Linux, a page 4096 bytes on those that we test on.
    cpuSeconds += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
    residentBytes += Number(fields[21] ?? 0) * 4096
  }
  return { cpuSeconds, residentBytes }
}

/** The fields of /proc/PID/stat from the third on: the name in the second may hold anything. */
function fieldsOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/** Removes what a browser has kept. Its helpers may write into it for a moment after it has ended. */
export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
