import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

/** Debian's, or the one that the environment names. */
const executable = process.env['CAMWALL_CHROMIUM'] ?? '/usr/bin/chromium'

/** A browser of its own, that has never seen us and calls nobody. */
export interface Browser {
  readonly context: BrowserContext
  readonly page: Page
  /** What the page complained about, and every address that it asked for. */
  readonly complaints: string[]
  readonly asked: string[]
  readonly close: () => Promise<void>
}

export async function openChromium(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'camwall-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    locale: 'en-GB',
    viewport: { width: 1280, height: 720 },
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
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
    await rm(profile, { recursive: true, force: true })
  }
  return { context, page, complaints, asked, close }
}
