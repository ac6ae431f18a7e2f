import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from 'puppeteer-core'
import { removeFolder } from './processes'
import type { Seeing } from './sampler'

/** Debian's, or the one that the environment names. */
const executable = process.env['CAMWALL_FIREFOX'] ?? '/usr/bin/firefox-esr'

/** A Firefox of its own, driven by WebDriver BiDi, that calls nobody. */
export interface Firefox extends Seeing {
  readonly goto: (address: string) => Promise<void>
  readonly complaints: string[]
  readonly close: () => Promise<void>
}

/** What it would ask for by itself, switched off. */
const quiet = {
  'app.normandy.enabled': false, 'app.update.enabled': false, 'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false, 'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false, 'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false, 'network.prefetch-next': false,
  'services.settings.server': 'http://127.0.0.1:1/', 'toolkit.telemetry.enabled': false,
  'media.gmp-manager.url': 'http://127.0.0.1:1/', 'intl.accept_languages': 'en-GB',
}

/** Starts it. A preference switches off what a test wants to be missing. */
export async function openFirefox(preferences: Record<string, unknown> = {}): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), 'camwall-firefox-'))
  const browser = await launch({
    browser: 'firefox', executablePath: executable, headless: true, userDataDir: profile, protocol: 'webDriverBiDi',
    extraPrefsFirefox: { ...quiet, ...preferences }, defaultViewport: { width: 1280, height: 720 },
    env: { ...process.env, HOME: profile },
  })
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()) })
  const close = async (): Promise<void> => {
    await browser.close()
    await removeFolder(profile)
  }
  return {
    complaints, close,
    goto: async (address) => { await page.goto(address) },
    evaluate: <Result, Argument>(run: (argument: Argument) => Result, argument: Argument) =>
      page.evaluate(run as (argument: unknown) => Result, argument) as Promise<Result>,
  }
}
