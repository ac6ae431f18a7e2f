import type { Page } from 'playwright-core'
import type { Seeing } from './sampler'

export const canvasOf = (camera: string): string => `[data-state]:not([data-role="prepared"]) canvas[data-camera="${camera}"]:not(.unseen)`

/** A tile that can be seen: not the next page's, nor one under an enlarged one. */
const tile = '[data-state]:not([data-role="prepared"], [data-role="covered"])'

/** The cameras that are on the page now, in order. */
export const shown = (page: Page): Promise<string[]> =>
  page.$$eval(`${tile} canvas[data-camera]:not(.unseen)`, (all) => all.map((canvas) => (canvas as HTMLElement).dataset['camera'] ?? ''))

/** One tile as people and programs see it. */
export interface Sight {
  readonly camera: string
  readonly state: string
  /** How its pictures come, as its information says: h264, h265, jpeg; empty while that is not shown. */
  readonly format: string
  /** Whether it says that it shows less than it should. */
  readonly reduced: boolean
  /** Everything that is written on it. */
  readonly text: string
}

/** Reads all tiles; runs in the page of any browser. */
function readTiles(tile: string): Sight[] {
  return [...document.querySelectorAll<HTMLElement>(tile)].map((element) => {
    const text = element.innerText
    const [, coded, jpeg] = /^(?:(H\.26[45]) (?:as it is|原始串流)|(JPEG) ).*painted/m.exec(text) ?? []
    return {
      camera: element.querySelector<HTMLElement>('canvas[data-camera]:not(.unseen)')?.dataset['camera'] ?? '',
      state: element.dataset['state'] ?? '', text,
      format: (coded ?? jpeg ?? '').replace('.', '').toLowerCase(),
      reduced: /Reduced: slow (link|screen)/.test(text),
    }
  })
}

export const sights = (page: Seeing): Promise<Sight[]> => page.evaluate(readTiles, tile)

/** The tile of a camera; null while it is not there. */
export const sightOf = async (page: Page, camera: string): Promise<Sight | null> => (await sights(page)).find((sight) => sight.camera === camera) ?? null
