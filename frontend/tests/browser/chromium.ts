import { readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { family, removeFolder } from './processes'

/** Debian's, or the one that the environment names. */
const executable = process.env['CAMWALL_CHROMIUM'] ?? '/usr/bin/chromium'

/** A browser of its own, that has never seen us and calls nobody. */
export interface Browser {
  readonly context: BrowserContext
  readonly page: Page
  /** What the page complained about, and every address that it asked for. */
  readonly complaints: string[]
  readonly asked: string[]
  /** All its processes that are there now, or those that draw pages. */
  readonly processes: (only?: 'renderer') => number[]
  readonly close: () => Promise<void>
}

/** What a test may want to be different. */
export interface Wish {
  readonly locale?: string
  readonly width?: number
  readonly height?: number
  readonly args?: readonly string[]
}

export async function openChromium({ locale = 'en-GB', width = 1280, height = 720, args = [] }: Wish = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'camwall-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    locale,
    viewport: { width, height },
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', ...args,
    ],
  })
  const page = context.pages()[0] ?? await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
  })
  page.on('request', (request) => asked.push(request.url()))
  const close = async (): Promise<void> => {
    await context.close()
    await removeFolder(profile)
  }
  const processes = (only?: 'renderer'): number[] => processesOf(profile, only)
  return { context, page, complaints, asked, processes, close }
}

/** The processes that were started for a profile. Helpers do not name it: they are children of the one that does. */
function processesOf(profile: string, only?: 'renderer'): number[] {
  const commandOf = (pid: number): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    } catch {
      return ''
    }
  }
  const main = family(process.pid).find((pid) => commandOf(pid).includes(`--user-data-dir=${profile}`))
  const all = main === undefined ? [] : family(main)
  return only === undefined ? all : all.filter((pid) => commandOf(pid).includes(`--type=${only}`))
}
