import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { ahead, readMark } from './mark'
import { canvasOf, shown } from './sights'

export * from './sights'

/** A camera with a long group of pictures takes its time to show the first one. */
export const waiting = { timeout: 30_000, interval: 50 }

/** Waits until a camera's picture moves, by the numbers in the picture itself. */
export async function moves(page: Page, camera: string, within = waiting): Promise<void> {
  await expect.poll(() => readMark(page, canvasOf(camera)), { ...within, message: `${camera} has a picture` }).not.toBeNull()
  const first = await readMark(page, canvasOf(camera)) ?? 0
  await expect.poll(async () => ahead(first, await readMark(page, canvasOf(camera)) ?? first), { ...within, message: `${camera} moves` }).toBeGreaterThan(2)
}

export const allMove = async (page: Page, cameras: readonly string[]): Promise<void> => {
  await Promise.all(cameras.map((camera) => moves(page, camera)))
}

/** How long something took in milliseconds until it was so; fails after `limit`. */
export async function timeUntil(what: string, limit: number, so: () => Promise<boolean>): Promise<number> {
  const begun = performance.now()
  await expect.poll(so, { timeout: limit, interval: 30, message: what }).toBe(true)
  return performance.now() - begun
}

/** Opens a wall, whatever was there, and waits until it shows these cameras and all of them move. */
export async function openWall(page: Page, address: string, cameras: readonly string[]): Promise<void> {
  await page.goto('about:blank')
  await page.goto(address)
  await expect.poll(() => shown(page), waiting).toEqual(cameras)
  await allMove(page, cameras)
}

/** Presses one key after the other. */
export async function pressAll(page: Page, keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}
