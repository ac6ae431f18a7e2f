import { openChromium, type Browser } from '../browser/chromium'
import { ages, paintedRate, quantile, type Sent } from '../browser/figures'
import { usage } from '../browser/processes'
import { sample, wallTiles } from '../browser/sampler'
import { sights } from '../browser/sights'

/** What is measured: internal/bench hands it over as JSON, and reads the answer off standard output. */
interface Task {
  /** Of a wall that is served already. */
  readonly address: string
  readonly width: number
  readonly height: number
  readonly tiles: number
  readonly seconds: number
  /** Where the cameras tell what they sent. */
  readonly sent: string
  /** What the camera of a tile calls its stream, by the camera's id. */
  readonly paths: Readonly<Record<string, string>>
  /** The server's process. */
  readonly server: number
}

interface Answer {
  readonly worstRate: number
  readonly meanRate: number
  readonly worstMedianAge: number
  readonly medianAge: number
  readonly age95: number
  readonly age99: number
  /** Percent of one core. */
  readonly serverCPU: number
  readonly browserCPU: number
  readonly browserMemory: number
  /** Tiles whose pictures come in each format, and tiles that are reduced. */
  readonly formats: Readonly<Record<string, number>>
  readonly reduced: number
  /** The longest time between two frames that the page drew, in milliseconds. */
  readonly longestFrame: number
}

export async function main([text = '']: readonly string[]): Promise<number> {
  const task = JSON.parse(text) as Task
  const browser = await openChromium({ width: task.width, height: task.height })
  try {
    console.log(JSON.stringify(await measure(browser, task)))
  } finally {
    await browser.close()
  }
  return 0
}

/** A wall settles within some seconds: sizes are asked for, decoders start, and what is too slow is found out. */
const settleMs = 8000

async function measure(browser: Browser, task: Task): Promise<Answer> {
  const { page } = browser
  await page.goto(task.address)
  await page.locator('canvas[data-camera]').nth(task.tiles - 1).waitFor()
  await new Promise((resolve) => { setTimeout(resolve, settleMs) })
  // The CPU is counted while nobody reads pictures: reading costs, too.
  const before = { server: usage([task.server]), browser: usage(browser.processes()), at: performance.now() }
  await new Promise((resolve) => { setTimeout(resolve, task.seconds * 1000) })
  const after = { server: usage([task.server]), browser: usage(browser.processes()), at: performance.now() }
  const seen = await sample(page, wallTiles, task.seconds * 1000)
  const sent = await (await fetch(task.sent)).json() as Sent[]
  const rates = seen.tracks.map((track) => paintedRate(track, seen))
  const old = seen.tracks.map((track) => ages(track, sent.filter(({ path }) => path === task.paths[track.camera])))
  const all = old.flat()
  if (seen.tracks.length !== task.tiles || all.length === 0) throw new Error(`${seen.tracks.length} of ${task.tiles} tiles, ${all.length} pictures that were sent`)
  await page.keyboard.press('i')
  await page.getByText(/painted/).nth(task.tiles - 1).waitFor()
  const told = await sights(page)
  const formats: Record<string, number> = {}
  for (const { format } of told) formats[format] = (formats[format] ?? 0) + 1
  const share = (used: number): number => (100 * used) / ((after.at - before.at) / 1000)
  return {
    worstRate: Math.min(...rates),
    meanRate: rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
    worstMedianAge: Math.max(...old.map((list) => quantile(list, 0.5))),
    medianAge: quantile(all, 0.5),
    age95: quantile(all, 0.95),
    age99: quantile(all, 0.99),
    serverCPU: share(after.server.cpuSeconds - before.server.cpuSeconds),
    browserCPU: share(after.browser.cpuSeconds - before.browser.cpuSeconds),
    browserMemory: after.browser.residentBytes,
    formats,
    reduced: told.filter(({ reduced }) => reduced).length,
    longestFrame: seen.slowest,
  }
}
