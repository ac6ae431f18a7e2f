import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readMark } from './mark'
import { openTerminal, type Socket, type Terminal } from './seed/terminal'
import { setUp, startForeignServer, startSystem, type ForeignServer, type OldCamera, type System } from './seed/system'

/** No camera answers here: the port is of a service that nobody runs any more. */
const deadUrl = 'rtsp://127.0.0.1:1/x'

const waiting = { timeout: 30_000, interval: 50 }

const allFour = ['#panel1', '#panel2', '#panel3', '#panel4']

let terminal: Terminal

beforeAll(async () => {
  terminal = await openTerminal()
})
afterAll(() => terminal.close())
beforeEach(() => {
  terminal.complaints.length = 0
})
afterEach(async () => {
  expect(terminal.complaints).toEqual([])
  await terminal.page.goto('about:blank')
})

/** The cameras of the old page's settings. */
function oldCameras({ rtsp }: System): OldCamera[] {
  const host = rtsp.replace('rtsp://', '')
  return [
    { ID: 'CAM1', Url: `${rtsp}/cam1/main` },
    { ID: 'CAM2', Url: `${rtsp}/cam2/main` },
    { ID: 'CAM3', Url: `rtsp://somebody:wrong%20word@${host}/cam3/main` },
    { ID: 'DEAD', Url: deadUrl },
    { ID: 'UNKNOWN', Url: `${rtsp}/cam1/other` },
  ]
}

/** Waits until an image moves, by the numbers in the pictures themselves: five different ones. */
async function moves(selector: string, mark = readPixels): Promise<void> {
  const seen = new Set<number>()
  await expect.poll(async () => {
    const frame = await mark(selector)
    if (frame !== null) seen.add(frame)
    return seen.size
  }, waiting).toBeGreaterThanOrEqual(5)
}

/** The mark in the picture that an image of the page's own origin holds. */
const readPixels = (selector: string): Promise<number | null> => readMark(terminal.page, selector)

/** Waits until an image has this natural size. */
const hasSize = (selector: string, width: number, height: number): Promise<void> =>
  expect.poll(() => terminal.naturalSize(selector), waiting).toEqual([width, height])

/** The only socket that the page has opened: it has never come back. */
function onlySocket(): Socket {
  expect(terminal.sockets).toHaveLength(1)
  const [socket] = terminal.sockets
  if (socket === undefined) throw new Error('the page opened no socket')
  return socket
}

/** Chooses a camera that has no picture, and sees drawn ones come over the same socket, about one a second. */
async function showsDrawn(id: string): Promise<void> {
  await terminal.choose('camera', id)
  await hasSize('#panel1', 640, 480)
  await expect.poll(() => readPixels('#panel1'), waiting).toBeNull()
  const socket = onlySocket()
  const before = socket.pictures
  const since = performance.now()
  await expect.poll(() => socket.pictures, waiting).toBeGreaterThanOrEqual(before + 4)
  expect(performance.now() - since).toBeGreaterThan(2000)
  expect(await readPixels('#panel1')).toBeNull()
  expect(await lightness('#panel1')).toBeGreaterThan(100)
  expect(onlySocket()).toBe(socket)
  expect([socket.closed, socket.faults]).toEqual([false, []])
}

/** By how many levels of 255 the lightest and the darkest pixel of an image differ: text on a ground has both. */
const lightness = (selector: string): Promise<number> => terminal.page.$eval(selector, (image) => {
  const { naturalWidth: width, naturalHeight: height } = image as HTMLImageElement
  const copy = new OffscreenCanvas(width, height)
  const context = copy.getContext('2d')
  context?.drawImage(image as HTMLImageElement, 0, 0)
  const pixels = context?.getImageData(0, 0, width, height).data ?? []
  let [least, most] = [255, 0]
  for (let i = 1; i < pixels.length; i += 4) {
    least = Math.min(least, pixels[i] ?? 0)
    most = Math.max(most, pixels[i] ?? 0)
  }
  return most - least
})

describe('the first system\'s page on our main port', () => {
  let system: System

  beforeAll(async () => {
    system = await startSystem('--camera', `dead=${deadUrl}`)
  })
  afterAll(() => system.stop())
  beforeEach(async () => {
    await setUp(system, `${system.socket}/`, oldCameras(system))
    await terminal.open(`${system.http}/www/`)
  })

  it('paints four moving M-JPEG images of one camera, its ID in capitals', async () => {
    await terminal.choose('transport', 'mjpeg')
    expect(await terminal.page.$$eval('#wall img', (all) => all.map((img) => (img as HTMLImageElement).src)))
      .toEqual(allFour.map(() => `${system.http}/live/CAM1?size=640x480`))
    for (const panel of allFour) await hasSize(panel, 640, 480)
    await Promise.all(allFour.map((panel) => moves(panel)))
    expect(await terminal.markOnScreen('#panel1')).not.toBeNull()
    expect(terminal.sockets).toEqual([])
  })

  it('resizes M-JPEG images, switches their camera, and shows the source\'s own size', async () => {
    await terminal.choose('panels', '1')
    await terminal.choose('transport', 'mjpeg')
    await moves('#panel1')
    await terminal.choose('size', '320x240')
    await hasSize('#panel1', 320, 240)
    await moves('#panel1')
    await terminal.choose('size', '0x0')
    await hasSize('#panel1', 1920, 1080)
    await terminal.choose('camera', 'CAM2')
    await hasSize('#panel1', 1280, 720)
    await moves('#panel1')
    await terminal.choose('size', '640x480')
    await terminal.choose('camera', 'DEAD')
    await hasSize('#panel1', 640, 480)
    await expect.poll(() => readPixels('#panel1'), waiting).toBeNull()
    await expect.poll(() => lightness('#panel1'), waiting).toBeGreaterThan(100)
  })

  it('paints four and nine sockets of one camera from the second port', async () => {
    await terminal.choose('transport', 'ws')
    for (const panel of allFour) await hasSize(panel, 640, 480)
    await Promise.all(allFour.map((panel) => moves(panel)))
    expect(terminal.sockets.map(({ url, closed, faults }) => ({ url, closed, faults })))
      .toEqual(allFour.map(() => ({ url: `${system.socket}/`, closed: false, faults: [] })))
    expect(terminal.sockets[0]?.sent).toEqual([{ act: 'open', url: `${system.rtsp}/cam1/main`, resolution: [640, 480] }])
    await terminal.choose('panels', '9')
    await Promise.all(Array.from({ length: 9 }, (_, panel) => moves(`#panel${panel + 1}`)))
    expect(terminal.sockets.flatMap(({ faults }) => faults)).toEqual([])
  })

  it('resizes a socket\'s pictures and switches its camera without a new socket', async () => {
    await terminal.choose('panels', '1')
    await terminal.choose('transport', 'ws')
    await hasSize('#panel1', 640, 480)
    await moves('#panel1')
    await terminal.choose('size', '320x240')
    await hasSize('#panel1', 320, 240)
    await moves('#panel1')
    await terminal.choose('size', '0x0')
    await hasSize('#panel1', 1920, 1080)
    await moves('#panel1')
    await terminal.choose('camera', 'CAM2')
    await hasSize('#panel1', 1280, 720)
    await moves('#panel1')
    const socket = onlySocket()
    expect(socket.sent).toEqual([
      { act: 'open', url: `${system.rtsp}/cam1/main`, resolution: [640, 480] },
      { act: 'resize', resolution: [320, 240] },
      { act: 'resize', resolution: [0, 0] },
      { act: 'open', url: `${system.rtsp}/cam2/main`, resolution: [0, 0] },
    ])
    expect([socket.closed, socket.faults]).toEqual([false, []])
    expect(socket.longest).toBeGreaterThan(2)
  })

  it('keeps a socket open for an unknown url and a dead camera, and shows the drawn picture', async () => {
    await terminal.choose('panels', '1')
    await terminal.choose('camera', 'UNKNOWN')
    await terminal.choose('transport', 'ws')
    await showsDrawn('UNKNOWN')
    await showsDrawn('DEAD')
    await terminal.choose('camera', 'CAM1')
    await moves('#panel1')
    await showsDrawn('DEAD')
    await showsDrawn('UNKNOWN')
    await terminal.choose('camera', 'CAM2')
    await moves('#panel1')
    expect(onlySocket().closed).toBe(false)
  })

  it('ignores user and password in a url', async () => {
    await terminal.choose('panels', '1')
    await terminal.choose('camera', 'CAM3') // whose real sign-in is another
    await terminal.choose('transport', 'ws')
    await hasSize('#panel1', 640, 480)
    await moves('#panel1')
    const answer = await fetch(`${system.http}/api/v1/cameras`)
    const { cameras } = await answer.json() as { cameras: { id: string, state: string }[] }
    expect(cameras.find(({ id }) => id === 'cam3')?.state).toBe('live')
    expect(onlySocket().faults).toEqual([])
  })

  it('takes the socket at a path of the main port, too, and a page that names the host differently', async () => {
    await setUp(system, `${system.http.replace('http', 'ws')}/ws/rtsp-proxy`, oldCameras(system))
    await terminal.open(`${system.http}/www/index.html`)
    await terminal.choose('transport', 'ws')
    await moves('#panel4')
    await setUp(system, `${system.socket}/any/path?of=it`, oldCameras(system))
    await terminal.open(`${system.http.replace('127.0.0.1', 'localhost')}/www/`)
    await terminal.choose('panels', '1')
    await terminal.choose('transport', 'ws')
    await moves('#panel1')
    expect(onlySocket().faults).toEqual([])
  })
})

describe('the first system\'s page on a port that is not ours', () => {
  let foreign: ForeignServer

  beforeAll(async () => {
    foreign = await startForeignServer()
  })
  afterAll(() => foreign.stop())

  /** Runs the server with flags, and opens its old page through the foreign server. */
  async function visit(flags: string[], look: (system: System) => Promise<void>): Promise<void> {
    const system = await startSystem(...flags)
    try {
      await setUp(system, `${system.socket}/`, oldCameras(system))
      foreign.serve(system.www)
      await terminal.open(`${foreign.origin}/`)
      await look(system)
    } finally {
      await terminal.page.goto('about:blank')
      await system.stop()
    }
  }

  it('paints M-JPEG images, but may neither read them nor open a socket', () => visit([], async () => {
    await terminal.choose('panels', '1')
    await terminal.choose('transport', 'mjpeg')
    await hasSize('#panel1', 640, 480)
    await moves('#panel1', terminal.markOnScreen)
    await expect(readPixels('#panel1')).rejects.toThrow(/cross-origin/)
    await terminal.choose('transport', 'ws')
    // Refused again and again: this page knows no better.
    await expect.poll(() => terminal.sockets.filter(({ closed }) => closed).length, waiting).toBeGreaterThanOrEqual(3)
    expect(terminal.sockets.filter(({ pictures, sent }) => pictures > 0 || sent.length > 0)).toEqual([])
    expect(await terminal.naturalSize('#panel1')).toEqual([0, 0])
  }))

  it('opens sockets when --origin names it', () => visit(['--origin', foreign.origin], async () => {
    await terminal.choose('transport', 'ws')
    await Promise.all(allFour.map((panel) => moves(panel)))
    expect(terminal.sockets.map(({ closed, faults }) => ({ closed, faults }))).toEqual(allFour.map(() => ({ closed: false, faults: [] })))
  }))

  it('opens none when --origin names another port', () => visit(['--origin', 'http://127.0.0.1:9'], async () => {
    await terminal.choose('transport', 'ws')
    await expect.poll(() => terminal.sockets.filter(({ closed }) => closed).length, waiting).toBeGreaterThanOrEqual(4)
    expect(terminal.sockets.filter(({ pictures, sent }) => pictures > 0 || sent.length > 0)).toEqual([])
  }))
})
