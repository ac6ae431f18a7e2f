import type { Camera } from '../api/camera'
import type { Device } from '../api/device'
import type { Found } from '../api/discovery'

/** A camera that is on the wall. */
export interface CameraRow {
  readonly kind: 'camera'
  readonly key: string
  readonly camera: Camera
  readonly device: Device | null
  /** The ways in which its device was found. */
  readonly foundBy: readonly string[]
}

/** A device that was found, with something in it that is not on the wall. */
export interface FoundRow {
  readonly kind: 'found'
  readonly key: string
  readonly found: Found
  /** How many of its cameras are on the wall already. */
  readonly onWall: number
}

export type Row = CameraRow | FoundRow

/** Joins what is configured and what was found: the same device is told once. */
export function rowsOf(cameras: readonly Camera[], devices: readonly Device[], found: readonly Found[]): { rows: Row[]; others: Found[] } {
  const byId = new Map(devices.map((device) => [device.id, device]))
  const ways = new Map<string, readonly string[]>()
  for (const one of found) {
    if (one.inventory !== '') ways.set(one.inventory, [...new Set([...(ways.get(one.inventory) ?? []), ...one.foundBy])])
  }
  const count = new Map<string, number>()
  for (const camera of cameras) count.set(camera.device, (count.get(camera.device) ?? 0) + 1)
  const rows: Row[] = cameras.map((camera) => ({
    kind: 'camera', key: `camera ${camera.id}`, camera, device: byId.get(camera.device) ?? null, foundBy: ways.get(camera.device) ?? [],
  }))
  const others: Found[] = []
  for (const one of found) {
    const onWall = one.inventory === '' ? 0 : (count.get(one.inventory) ?? 0)
    if (!mayBeCamera(one)) {
      if (onWall === 0) others.push(one)
    } else if (onWall === 0 || one.kind === 'recorder') {
      rows.push({ kind: 'found', key: `found ${one.id}`, found: one, onWall })
    }
  }
  return { rows, others }
}

/** Media servers, routers and the like are told too, apart. */
export function mayBeCamera({ kind }: Found): boolean {
  return kind === 'camera' || kind === 'recorder' || kind === 'maybe'
}

/** Whether a row has this text somewhere that people look at. */
export function matches(row: Row, query: string): boolean {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return true
  const words = row.kind === 'camera'
    ? [row.camera.name, row.camera.id, row.camera.text, ...row.camera.streams.map((stream) => hostOf(stream.url)), row.device?.name ?? '', row.device?.model ?? '']
    : [row.found.name, row.found.hardware, row.found.maker, row.found.location, row.found.mac, ...row.found.addresses]
  if (row.kind === 'camera' && String(row.camera.number) === wanted) return true
  return words.some((word) => word.toLowerCase().includes(wanted))
}

/** The host of an address, without port and brackets; empty when there is none. */
export function hostOf(address: string): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(address)?.[1] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '')
}

/** Where a camera is, for people. */
export function addressOf({ camera, device }: CameraRow): string {
  const url = camera.streams.find((stream) => stream.url !== '')?.url ?? ''
  return hostOf(url) || hostOf(`rtsp://${device?.address ?? ''}`) || hostOf(device?.onvif ?? '')
}

/** What people may call a device that was found. */
export function titleOf(found: Found): string {
  const name = found.name || found.hardware || found.maker
  return name || (found.addresses[0] ?? found.id)
}

/** The address of whatever streams there are at a host, with or without a port. */
export function streamRoot(host: string): string {
  const bare = !host.startsWith('[') && host.split(':').length > 2
  return `rtsp://${bare ? `[${host}]` : host}/`
}
