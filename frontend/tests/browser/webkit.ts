import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeFolder, start } from './processes'
import type { Seeing } from './sampler'

/** WebKitGTK's own small browser, by the W3C's WebDriver, on a display of its own. */
export interface WebKit extends Seeing {
  readonly goto: (address: string) => Promise<void>
  readonly close: () => Promise<void>
}

const browserPaths = ['/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', '/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser']

export async function openWebKit(): Promise<WebKit> {
  const home = await mkdtemp(join(tmpdir(), 'camwall-webkit-'))
  const display = await start('/usr/bin/Xvfb', ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], /^(\d+)\n/m)
  // Without a graphics card: what webview.md of the window found to be the fastest.
  const env = { DISPLAY: `:${display.said}`, HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, WEBKIT_DISABLE_DMABUF_RENDERER: '1', LIBGL_ALWAYS_SOFTWARE: '1' }
  const driver = await startDriver(env).catch(async (error: unknown) => {
    await display.kill()
    throw error
  })
  const end = async (): Promise<void> => {
    await driver.stop()
    await display.kill()
    await removeFolder(home)
  }
  try {
    const { sessionId } = await ask<{ sessionId: string }>(`${driver.address}/session`, {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: process.env['CAMWALL_MINIBROWSER'] ?? browserPaths.find(existsSync), args: ['--automation', '--geometry=1280x760'] } } },
    })
    const session = `${driver.address}/session/${sessionId}`
    await ask(`${session}/timeouts`, { script: 30_000, pageLoad: 30_000 })
    return {
      goto: async (address) => { await ask(`${session}/url`, { url: address }) },
      evaluate: <Result, Argument>(run: (argument: Argument) => Result, argument: Argument) =>
        ask<Awaited<Result>>(`${session}/execute/sync`, { script: `return (${run.toString()})(arguments[0])`, args: [argument ?? null] }),
      close: async () => {
        await fetch(session, { method: 'DELETE' }).catch(() => null)
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Starts the driver on a free port. It says nothing: it is there when it answers. */
async function startDriver(env: Record<string, string>): Promise<{ address: string; stop: () => Promise<void> }> {
  for (let tries = 0; tries < 5; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const address = `http://127.0.0.1:${port}`
    // The shell says when it begins; the driver takes its place.
    const driver = await start('/bin/sh', ['-c', `echo begun; exec WebKitWebDriver --host=127.0.0.1 --port=${port}`], /(begun)/, env)
    for (let waited = 0; waited < 100; waited++) {
      const there = await fetch(`${address}/status`).then((answer) => answer.ok, () => false)
      if (there) return { address, stop: driver.stop }
      await new Promise((resolve) => { setTimeout(resolve, 50) })
    }
    await driver.kill()
  }
  throw new Error('WebKitWebDriver does not answer')
}

async function ask<Result>(address: string, body: unknown): Promise<Result> {
  const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  const { value } = await answer.json() as { value: Result & { error?: string; message?: string } }
  if (!answer.ok) throw new Error(`WebDriver: ${value.error ?? answer.status}: ${value.message ?? ''}`)
  return value
}
