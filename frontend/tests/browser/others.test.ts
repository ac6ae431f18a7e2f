import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { paintedRate } from './figures'
import { openFirefox } from './firefox'
import { sample, wallTiles, type Seeing } from './sampler'
import { gridOf, numbered, openSite, plain, type Site } from './site'
import { sights } from './tiles'
import { openWebKit } from './webkit'

const four = numbered('wall', 4)

let site: Site

beforeAll(async () => {
  site = await openSite({ street: ['--wall', '4'], cameras: plain(...four) })
  const { pages: [page], ...wall } = gridOf(2, 2, four)
  // The information that tiles show says which format they have.
  await site.putWall('four', { ...wall, pages: [{ tiles: page?.tiles.map((tile) => ({ ...tile, overlay: { statistics: true } })) ?? [] }] })
})
afterAll(() => site.close())

/** Waits until all four tiles are live in one of these formats, and holds them to what their cameras send. */
async function plays(page: Seeing, formats: readonly string[]): Promise<void> {
  const patient = { timeout: 40_000, interval: 500 }
  await expect.poll(async () => (await sights(page)).filter(({ state, format }) => state === 'live' && formats.includes(format)).length, patient).toBe(4)
  await expect.poll(async () => {
    const seen = await sample(page, wallTiles, 3000)
    const rates = seen.tracks.map((track) => paintedRate(track, seen))
    console.log(`${formats.join(' or ')}: ${rates.map((rate) => rate.toFixed(1)).join(' ')} fps`)
    return { tiles: rates.length, fast: rates.every((rate) => rate > 12), blind: seen.tracks.flatMap(({ blind }) => blind) }
  }, patient).toEqual({ tiles: 4, fast: true, blind: [] })
}

/** The whole way: pictures, the server gone, pictures again. */
async function comesBack(page: Seeing, formats: readonly string[]): Promise<void> {
  await site.killServer()
  await expect.poll(async () => (await sights(page)).map(({ state }) => state), { timeout: 20_000 }).toEqual(['gone', 'gone', 'gone', 'gone'])
  await site.startAgain()
  await plays(page, formats)
}

describe('Firefox', () => {
  it('plays the wall by WebCodecs, and comes back when the server does', async () => {
    const page = await openFirefox()
    try {
      await page.goto(`${site.address}wall/four`)
      await plays(page, ['h264'])
      expect(page.complaints).toEqual([])
      await comesBack(page, ['h264'])
    } finally {
      await page.close()
    }
  })

  it('plays JPEG where it has no WebCodecs', async () => {
    const page = await openFirefox({ 'dom.media.webcodecs.enabled': false })
    try {
      await page.goto(`${site.address}wall/four`)
      expect(await page.evaluate(() => 'VideoDecoder' in window, undefined)).toBe(false)
      await plays(page, ['jpeg'])
      expect(page.complaints).toEqual([])
    } finally {
      await page.close()
    }
  })
})

describe('WebKitGTK', () => {
  it('plays the wall in the best format that it has, and comes back when the server does', async () => {
    const page = await openWebKit()
    try {
      await page.goto(`${site.address}wall/four`)
      await plays(page, ['h264', 'jpeg'])
      await comesBack(page, ['h264', 'jpeg'])
    } finally {
      await page.close()
    }
  })

  it('plays JPEG', async () => {
    const page = await openWebKit()
    try {
      await page.goto(`${site.address}wall/four?format=jpeg`)
      await plays(page, ['jpeg'])
    } finally {
      await page.close()
    }
  })
})
