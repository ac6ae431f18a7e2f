/**
 * Looks at the pictures of a page as a person would: at every animation frame, 60 times a second, it reads the frame
 * marks (docs/simulated-cameras.md) out of what the tiles' canvases hold. `beginSampling`, `endSampling` and `lookOnce`
 * run in the page, in any browser: they are handed over as text, so each holds all that it needs.
 */

/** What was seen of one tile. Times are milliseconds since 1970 of this machine's clock. */
export interface Track {
  /** The value of data-camera. */
  readonly camera: string
  /** Each change of the number, in order: when it was seen first, and the number. */
  readonly painted: readonly (readonly [at: number, frame: number])[]
  /** How many samples there were, and those without a mark: at most the first 200, and why. */
  readonly samples: number
  readonly blind: readonly (readonly [at: number, why: string])[]
}

export interface Sampled {
  readonly begun: number
  readonly ended: number
  /** The longest time between two samples in milliseconds. */
  readonly slowest: number
  readonly tracks: readonly Track[]
}

/** What to look at. */
export interface Looking {
  /** Canvases that have data-camera. */
  readonly selector: string
  /** Only these cameras; a sample in which one of them has no canvas that can be seen is a blind one. */
  readonly cameras?: readonly string[]
  /** Width divided by height of what the cameras show; 16/9 without. */
  readonly shape?: number
}

/** What is on the page: not what is got ready behind it, the next page and the next camera of a tile. */
export const wallTiles: Looking = { selector: '[data-state]:not([data-role="prepared"]) canvas[data-camera]:not(.unseen)' }

/** Begins to look, until `endSampling`. */
export function beginSampling({ selector, cameras, shape = 16 / 9 }: Looking): void {
  interface Seen { painted: [number, number][]; samples: number; blind: [number, string][] }
  interface Sampler { stop: () => unknown }
  const most = 64
  const small = document.createElement('canvas')
  small.width = 16
  small.height = 2 * most
  const context = small.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas here')
  context.imageSmoothingEnabled = false
  const seen = new Map<string, Seen>()
  const begun = Date.now()
  let slowest = 0
  let last = performance.now()
  let running = true

  const note = (camera: string, at: number, frame: number | null, why: string): void => {
    const known = seen.get(camera)
    const track = known ?? { painted: [], samples: 0, blind: [] }
    if (known === undefined) seen.set(camera, track)
    track.samples++
    if (frame === null) {
      if (track.blind.length < 200) track.blind.push([at, why])
    } else if (track.painted.at(-1)?.[1] !== frame) track.painted.push([at, frame])
  }
  const visible = (canvas: HTMLCanvasElement): boolean => canvas.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })
  const look = (): void => {
    if (!running) return
    requestAnimationFrame(look)
    const now = performance.now()
    slowest = Math.max(slowest, now - last)
    last = now
    const at = Date.now()
    let all = [...document.querySelectorAll<HTMLCanvasElement>(selector)]
    if (cameras !== undefined) all = all.filter((canvas) => cameras.includes(canvas.dataset['camera'] ?? '') && visible(canvas))
    all.length = Math.min(all.length, most)
    all.forEach((canvas, index) => {
      const { width, height } = canvas
      // The whole picture in the middle, as large as fits.
      const [w, h] = width / height > shape ? [height * shape, height] : [width, width / shape]
      context.clearRect(0, 2 * index, 16, 2)
      if (w > 0) context.drawImage(canvas, (width - w) / 2 + 0.3 * w, (height - h) / 2 + h / 22.5, 0.4 * w, (2 * h) / 22.5, 0, 2 * index, 16, 2)
    })
    const { data } = context.getImageData(0, 0, 16, 2 * Math.max(all.length, 1))
    const light = (x: number, y: number): number => ((data[(y * 16 + x) * 4] ?? 0) + (data[(y * 16 + x) * 4 + 1] ?? 0) + (data[(y * 16 + x) * 4 + 2] ?? 0)) / 3
    const there = new Set<string>()
    const numbers = new Map<string, number>()
    all.forEach((canvas, index) => {
      const camera = canvas.dataset['camera'] ?? ''
      // A camera that stands in several tiles is several tracks: gate, gate#2, ...
      const count = (numbers.get(camera) ?? 0) + 1
      numbers.set(camera, count)
      const name = count === 1 ? camera : `${camera}#${count}`
      there.add(camera)
      let frame: number | null = 0
      for (let column = 0; column < 16 && frame !== null; column++) {
        const difference = light(column, 2 * index) - light(column, 2 * index + 1)
        frame = Math.abs(difference) < 60 ? null : frame * 2 + (difference > 0 ? 1 : 0)
      }
      note(name, at, frame, `no mark in ${canvas.width}x${canvas.height}`)
    })
    for (const camera of cameras ?? []) if (!there.has(camera)) note(camera, at, null, 'no canvas that can be seen')
  }
  const stop = (): unknown => {
    running = false
    return { begun, ended: Date.now(), slowest, tracks: [...seen].map(([camera, track]) => ({ camera, ...track })) }
  }
  Reflect.set(window, 'camwallSampler', { stop } satisfies Sampler)
  requestAnimationFrame(look)
}

/** Ends it, and tells what was seen. */
export function endSampling(): Sampled {
  const sampler = Reflect.get(window, 'camwallSampler') as { stop: () => Sampled } | undefined
  if (sampler === undefined) throw new Error('the page was loaded anew: its sampler is gone')
  Reflect.deleteProperty(window, 'camwallSampler')
  return sampler.stop()
}

/** A page in whatever browser, as far as looking needs it. */
export interface Seeing {
  evaluate<Result, Argument>(run: (argument: Argument) => Result, argument: Argument): Promise<Result>
}

/** Looks for some time. */
export async function sample(page: Seeing, looking: Looking, milliseconds: number): Promise<Sampled> {
  return sampleDuring(page, looking, () => new Promise((resolve) => { setTimeout(resolve, milliseconds) }))
}

/** Looks while something is done. */
export async function sampleDuring(page: Seeing, looking: Looking, act: () => Promise<unknown>): Promise<Sampled> {
  await page.evaluate(beginSampling, looking)
  await act()
  return page.evaluate(endSampling, undefined)
}
