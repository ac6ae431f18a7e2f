import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium, type Browser } from './chromium'
import { ages, paintedRate } from './figures'
import { readMark } from './mark'
import { sample, wallTiles } from './sampler'

let browser: Browser

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())

/** A page that paints a mark up to ten times a second into a tall tile, and does what the argument says in between. */
async function paint(trouble: 'nothing' | 'black' | 'hidden' | 'gone' | 'stands'): Promise<void> {
  const { page } = browser
  // The timers of the page before go with it.
  await page.goto('about:blank')
  await page.setContent('<div data-state="live"><canvas data-camera="gate" width="320" height="320"></canvas></div><div data-state="live" data-role="prepared"><canvas data-camera="next"></canvas></div>')
  await page.evaluate((trouble) => {
    const canvas = document.querySelector('canvas')
    const context = canvas?.getContext('2d')
    if (canvas === null || !context) return
    const draw = (frame: number): void => {
      context.fillStyle = '#246'
      context.fillRect(0, 70, 320, 180)
      for (let bit = 0; bit < 16; bit++) {
        const white = ((frame >> (15 - bit)) & 1) === 1
        context.fillStyle = white ? '#fff' : '#000'
        context.fillRect(96 + bit * 8, 70 + 8, 8, 8)
        context.fillStyle = white ? '#000' : '#fff'
        context.fillRect(96 + bit * 8, 70 + 16, 8, 8)
      }
    }
    draw(41_000)
    let frame = 41_000
    let [painted, troubled, left] = [performance.now(), performance.now(), 0]
    // With the frames of the screen, however many this machine has in a second.
    const next = (): void => {
      requestAnimationFrame(next)
      const now = performance.now()
      if (left > 0) {
        if (--left > 0) return
        draw(frame)
        canvas.style.visibility = ''
        document.querySelector('[data-state]')?.appendChild(canvas)
      } else if (trouble !== 'nothing' && trouble !== 'stands' && now - troubled >= 1000) {
        troubled = now
        left = 3
        if (trouble === 'black') context.clearRect(0, 0, 320, 320)
        if (trouble === 'hidden') canvas.style.visibility = 'hidden'
        if (trouble === 'gone') canvas.parentElement?.removeChild(canvas)
      } else if (trouble !== 'stands' && now - painted >= 100) {
        painted = now
        draw(++frame)
      }
    }
    requestAnimationFrame(next)
  }, trouble)
}

const gate = { ...wallTiles, cameras: ['gate'] }

describe('the sampler', () => {
  it('counts what is painted, and leaves out what is only got ready', async () => {
    await paint('nothing')
    const seen = await sample(browser.page, wallTiles, 2000)
    expect(seen.tracks.map(({ camera }) => camera)).toEqual(['gate'])
    const [track] = seen.tracks
    expect(track?.blind).toEqual([])
    expect(track && paintedRate(track, seen)).toBeGreaterThan(0)
    expect(track && paintedRate(track, seen)).toBeLessThan(11)
    // Not one was missed.
    const first = track?.painted[0]?.[1] ?? 0
    expect(first).toBeGreaterThan(40_999)
    expect(track?.painted.map(([, frame]) => frame)).toEqual(track?.painted.map((_, place) => first + place))
    expect(await readMark(browser.page, 'canvas')).toBeGreaterThan(41_000)
    // Had each been sent 70 ms before it was seen, that would be its age.
    const sent = track?.painted.map(([at, frame]) => ({ path: '', frame, sentUnixMicros: (at - 70) * 1000 })) ?? []
    expect(new Set(track && ages(track, sent))).toEqual(new Set([70]))
  })

  it.each(['black', 'hidden', 'gone'] as const)('sees three frames in which the picture is %s', async (trouble) => {
    await paint(trouble)
    const [track] = (await sample(browser.page, gate, 2500)).tracks
    expect(track?.blind.length).toBeGreaterThanOrEqual(2)
    expect(track?.blind.length).toBeLessThan(30)
  })

  it('counts nothing where the picture stands still', async () => {
    await paint('stands')
    const seen = await sample(browser.page, gate, 1000)
    expect(seen.tracks.map(({ painted, blind }) => [painted.length, blind.length])).toEqual([[1, 0]])
  })
})
