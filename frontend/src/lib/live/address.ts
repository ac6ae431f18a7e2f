import type { Shape } from './placing'

/** Where a camera's newest picture is. */
export function stillAddress(id: string, size: Shape): string {
  return `/live/${encodeURIComponent(id)}.jpg?size=${size.width}x${size.height}&fit=contain&stream=auto`
}

/** True in our own window, where the page does not come over the network. */
export function isWindow(location: { readonly protocol: string; readonly hostname: string }): boolean {
  return location.protocol === 'wails:' || location.hostname === 'wails.localhost' || location.hostname === 'wails'
}
