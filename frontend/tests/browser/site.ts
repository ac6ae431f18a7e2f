import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServerWith, type RunningServer } from './server'
import { startStreet, type Street } from './street'

/** One tile of a wall as the API takes it; what is left out is as usual. */
export interface TilePlan {
  readonly column: number
  readonly row: number
  readonly width?: number
  readonly height?: number
  readonly cameras: readonly string[]
  readonly dwell?: number
  readonly fit?: string
  readonly text?: string
  readonly overlay?: { readonly statistics: boolean }
  readonly crop?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
}

export interface WallPlan {
  readonly title?: string
  readonly columns: number
  readonly rows: number
  readonly pages: readonly { readonly title?: string; readonly dwell?: number; readonly tiles: readonly TilePlan[] }[]
}

/** A server and simulated cameras, each in a process of its own. */
export interface Site {
  readonly street: Street
  readonly server: RunningServer
  /** Of the server; ends with a slash. */
  readonly address: string
  /** Asks the API, which has to answer well. */
  readonly ask: (path: string, init?: RequestInit) => Promise<unknown>
  /** Makes a wall, or replaces it whatever it was. */
  readonly putWall: (name: string, wall: WallPlan) => Promise<void>
  /** Ends the server as a power cut would. */
  readonly killServer: () => Promise<void>
  /** Starts it again, on the same port with what it had kept. */
  readonly startAgain: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A camera of the site: its id, and what camwall.yaml says beside that. */
export interface CameraPlan {
  readonly id: string
  /** Paths of the street's streams, the best first. */
  readonly paths?: readonly string[]
  /** In place of paths: the name of an ONVIF device of the street. */
  readonly device?: string
  /** More lines of YAML: "unchanged_after: 5s". */
  readonly more?: readonly string[]
}

/** Cameras that have one stream, by their ids. */
export const plain = (...ids: readonly string[]): CameraPlan[] => ids.map((id) => ({ id, paths: [`${id}/main`] }))

export const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)

export interface SitePlan {
  /** Flags of `camwall demo`. */
  readonly street?: readonly string[]
  readonly cameras: readonly CameraPlan[]
  /** More of camwall.yaml. */
  readonly config?: string
}

export async function openSite(plan: SitePlan): Promise<Site> {
  const street = await startStreet(...plan.street ?? [])
  const data = await mkdtemp(join(tmpdir(), 'camwall-site-'))
  const config = `cameras:\n${plan.cameras.map((camera) => yamlOf(camera, street)).join('')}${plan.config ?? ''}`
  const remove = async (): Promise<void> => {
    await street.kill()
    await rm(data, { recursive: true, force: true })
  }
  let server = await startServerWith({ config, data }).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
    const answer = await fetch(`${server.address}${path}`, init)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    return text === '' ? null : JSON.parse(text) as unknown
  }
  return {
    street,
    get server() { return server },
    get address() { return server.address },
    ask,
    putWall: async (name, wall) => {
      const known = await fetch(`${server.address}api/v1/walls/${name}`)
      const match: Record<string, string> = known.ok ? { 'If-Match': known.headers.get('ETag') ?? '' } : {}
      await ask(`api/v1/walls/${name}`, { method: 'PUT', headers: { 'Content-Type': 'application/json', ...match }, body: JSON.stringify(wallOf(wall)) })
    },
    killServer: () => server.kill(),
    startAgain: async () => { server = await startServerWith({ config, data, port: server.port }) },
    close: async () => {
      await server.kill()
      await remove()
    },
  }
}

function yamlOf({ id, paths = [], device, more = [] }: CameraPlan, street: Street): string {
  const [first] = paths.map((path) => street.stream(path))
  const signIn = first === undefined || first.signIn === '' ? [] : [`user: ${JSON.stringify(first.signIn.split(':')[0])}`, `password: ${JSON.stringify(first.signIn.slice(first.signIn.indexOf(':') + 1))}`]
  const urls = paths.map((path) => street.stream(path).url)
  const where = device !== undefined ? [`address: ${street.onvif(device)}`] : urls.length === 1 ? [`url: ${JSON.stringify(urls[0])}`] : [`streams: {main: ${JSON.stringify(urls[0])}, sub: ${JSON.stringify(urls[1])}}`]
  return [`  - id: ${id}`, ...[...where, ...signIn, ...more].map((line) => `    ${line}`), ''].join('\n')
}

function wallOf({ title = '', columns, rows, pages }: WallPlan): unknown {
  return { title, columns, rows, pages: pages.map((page) => ({ ...page, tiles: page.tiles.map((tile) => ({ width: 1, height: 1, ...tile })) })) }
}

/** A page of columns x rows tiles with one camera each, in order. */
export function gridOf(columns: number, rows: number, cameras: readonly string[]): WallPlan {
  return { columns, rows, pages: [{ tiles: cameras.slice(0, columns * rows).map((camera, place) => ({ column: place % columns, row: Math.floor(place / columns), cameras: [camera] })) }] }
}
