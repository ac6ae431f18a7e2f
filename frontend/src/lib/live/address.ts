import type { Size } from './ladder'

/** Where a camera's endless pictures are. */
export function streamAddress(id: string, size: Size): string {
  return `/live/${encodeURIComponent(id)}?${parameters(size)}&raw=1`
}

/** Where a camera's newest picture is. */
export function stillAddress(id: string, size: Size): string {
  return `/live/${encodeURIComponent(id)}.jpg?${parameters(size)}`
}

function parameters(size: Size): string {
  return `size=${size.width}x${size.height}&fit=contain&stream=auto`
}

export type Transport = 'stream' | 'stills'

/** A browser opens six connections to a host; two are left for the page and its calls. */
export const maxConnections = 4

/** The window reads any number of streams through its own handler; a browser only as many as it has connections for. */
export function transportFor(tiles: number, inWindow: boolean): Transport {
  return inWindow || tiles <= maxConnections ? 'stream' : 'stills'
}

/** True in our own window, where the page does not come over the network. */
export function isWindow(location: { readonly protocol: string; readonly hostname: string }): boolean {
  return location.protocol === 'wails:' || location.hostname === 'wails.localhost' || location.hostname === 'wails'
}
