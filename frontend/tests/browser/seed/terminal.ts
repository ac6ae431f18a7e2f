import type { Page, WebSocket } from 'playwright-core'
import { openChromium } from '../chromium'
import { readMark } from '../mark'

/** One WebSocket that the page opened, as the browser saw it. */
export interface Socket {
  readonly url: string
  /** What the page sent, parsed. */
  readonly sent: unknown[]
  /** Pictures that were received whole. */
  pictures: number
  /** Chunks of the longest picture. */
  longest: number
  /** What was against the protocol. */
  readonly faults: string[]
  closed: boolean
}

/** The browser of an old terminal, with the old page in it. */
export interface Terminal {
  readonly page: Page
  /** Every socket that the page opened, also those that were refused, since the page was opened. */
  readonly sockets: Socket[]
  /** Errors of the page's scripts, and what a policy kept from it. */
  readonly complaints: string[]
  /** Opens the page afresh. */
  readonly open: (address: string) => Promise<void>
  /** Sets one of the selections at the head of the page. */
  readonly choose: (what: 'transport' | 'camera' | 'size' | 'panels', value: string) => Promise<void>
  /** The mark in what an image paints, read off the screen: works for images of any origin. */
  readonly markOnScreen: (selector: string) => Promise<number | null>
  readonly naturalSize: (selector: string) => Promise<[number, number]>
  readonly close: () => Promise<void>
}

export async function openTerminal(): Promise<Terminal> {
  const { context, page, complaints, close } = await openChromium()
  const reader = await context.newPage()
  await page.bringToFront()
  const sockets: Socket[] = []
  page.on('websocket', (opened) => sockets.push(observe(opened)))
  return {
    page, sockets, complaints, close,
    open: async (address) => {
      await page.goto('about:blank')
      sockets.length = 0
      await page.goto(address)
    },
    choose: async (what, value) => { await page.selectOption(`#${what}`, value) },
    markOnScreen: async (selector) => {
      const seen = (await page.locator(selector).screenshot()).toString('base64')
      await reader.setContent(`<img src="data:image/png;base64,${seen}" alt="">`)
      return readMark(reader, 'img')
    },
    naturalSize: (selector) => page.$eval(selector, (image) => {
      const { naturalWidth, naturalHeight } = image as HTMLImageElement
      return [naturalWidth, naturalHeight]
    }),
  }
}

/** The longest chunk, in characters. */
const chunkLength = 32 * 1024

/** Reads a socket as the old protocol has it: "::N::", then "~1~CHUNK" to "~N~CHUNK", over and over. */
function observe(opened: WebSocket): Socket {
  const socket: Socket = { url: opened.url(), sent: [], pictures: 0, longest: 0, faults: [], closed: false }
  let count = 0
  let next = 1
  const receive = (text: string): void => {
    const begin = /^::([1-9]\d*)::$/.exec(text)
    if (begin !== null) {
      if (next <= count) socket.faults.push(`a picture began before chunk ${next} of ${count}`)
      count = Number(begin[1])
      next = 1
      socket.longest = Math.max(socket.longest, count)
      return
    }
    const [head, index] = /^~([1-9]\d*)~/.exec(text) ?? ['', '0']
    const length = text.length - head.length
    if (Number(index) !== next || next > count) socket.faults.push(`"${text.slice(0, 20)}" came for chunk ${next} of ${count}`)
    if (next < count ? length !== chunkLength : length > chunkLength) socket.faults.push(`chunk ${next} of ${count} has ${length} characters`)
    if (next === 1 && !text.startsWith('~1~data:image/jpeg;base64,/9j/')) socket.faults.push(`a picture began with "${text.slice(0, 40)}"`)
    if (next === count) socket.pictures++
    next++
  }
  opened.on('framesent', ({ payload }) => socket.sent.push(JSON.parse(payload.toString())))
  opened.on('framereceived', ({ payload }) => {
    if (typeof payload === 'string') receive(payload)
    else socket.faults.push('a binary message')
  })
  opened.on('close', () => { socket.closed = true })
  return socket
}
