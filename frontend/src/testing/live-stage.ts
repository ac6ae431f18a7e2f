import { expect, vi } from 'vitest'
import { LiveClient, type TileSight, type Want, type Watch } from '../lib/live/client'
import { hello, jsonMessage, liveServer, pictureMessage, type LiveServer, type ServedViewer } from './live-server'
import { drawing, testWorld, type TestWorld } from './live-world'

const want: Want = { camera: 'gate', stream: 'auto', width: 640, height: 360, fit: 'contain', fps: 0, prefer: 'auto' }

/** What the server says of a tile that is live, but for what the test says. */
export function state(tile: unknown, but: Readonly<Record<string, unknown>> = {}): Uint8Array {
  return jsonMessage({ type: 'state', tile, camera: 'gate', source: 1, stream: 'sub', format: 'jpeg', state: 'live', shape: [16, 9], ...but })
}

type Command = Readonly<Record<string, unknown>>

export interface Shown {
  readonly watch: Watch
  /** What the tile has said, the newest last. */
  readonly sights: TileSight[]
}

export interface ShownLive extends Shown {
  readonly id: number
  readonly viewer: ServedViewer
  readonly picture: (seq: number, fields?: Readonly<Record<string, number>>) => void
}

/** A real server on loopback and a client of it. */
export class LiveStage {
  readonly server: LiveServer
  /** To be changed before start. */
  test: TestWorld = testWorld()
  /** What the server does with each new connection. */
  onViewer: (viewer: ServedViewer) => void = (viewer) => viewer.send(hello({ id: String(this.server.viewers.indexOf(viewer)) }))
  readonly end = new AbortController()
  running: Promise<void> = Promise.resolve()
  #client: LiveClient | null = null

  private constructor(server: LiveServer) {
    this.server = server
  }

  static async build(): Promise<LiveStage> {
    drawing()
    const holder: { stage?: LiveStage } = {}
    const server = await liveServer((viewer) => holder.stage?.onViewer(viewer))
    holder.stage = new LiveStage(server)
    return holder.stage
  }

  get client(): LiveClient {
    if (this.#client === null) throw new Error('not started')
    return this.#client
  }

  start(transport: 'socket' | 'stream' = 'socket'): void {
    this.#client = new LiveClient({ address: this.server.address, transport, world: this.test.world })
    this.running = this.#client.run(this.end.signal)
  }

  async close(): Promise<void> {
    this.end.abort()
    await this.running
    await this.server.close()
  }

  watch(but: Partial<Want> = {}): Shown {
    const sights: TileSight[] = []
    const watch = this.client.watch({ ...want, ...but }, document.createElement('canvas'), (sight) => sights.push(sight))
    return { watch, sights }
  }

  /** The commands of a kind that a viewer sent, the newest viewer if no other. */
  commands(type: string, viewer = this.server.viewers.at(-1)): Command[] {
    return (viewer?.commands ?? []).filter((command) => command['type'] === type)
  }

  /** Waits for so many commands of a kind. */
  async told(type: string, count = 1): Promise<Command> {
    await vi.waitFor(() => expect(this.commands(type).length).toBeGreaterThanOrEqual(count), { timeout: 5000 })
    return this.commands(type)[count - 1] ?? {}
  }

  get viewer(): ServedViewer {
    return this.server.viewers.at(-1) as ServedViewer
  }

  /** Paints until it holds. */
  async painted(check: () => void): Promise<void> {
    await vi.waitFor(() => {
      this.test.paint()
      check()
    })
  }

  /** A tile with a live picture on it. */
  async live(): Promise<ShownLive> {
    this.start()
    const shown = this.watch()
    const id = Number((await this.told('watch'))['tile'])
    const { viewer } = this
    const picture: ShownLive['picture'] = (seq, fields = {}) => viewer.send(pictureMessage({ tile: id, seq, ...fields }))
    viewer.send(state(id))
    picture(1)
    await this.painted(() => expect(shown.watch.sight.live).toBe(true))
    return { ...shown, id, viewer, picture }
  }
}
