import { browserLiveWorld } from '../lib/live/browser-world'
import { LiveClient } from '../lib/live/client'
import { cameraElement, Clients } from './element'

/** A short look elsewhere is not worth a new start of all pictures. */
const restAfterMs = 10_000

/** Where this script came from is the server that is meant. A module is nobody's current script: it is looked for by its name. */
function ownServer(): string {
  const script = document.currentScript ?? [...document.scripts].find(({ src }) => /\/camwall\.js$/.test(src.split(/[?#]/, 1)[0] ?? ''))
  return script instanceof HTMLScriptElement && script.src !== '' ? new URL(script.src).origin : ''
}

function begin(): void {
  const clients = new Clients(browserLiveWorld)
  let timer: ReturnType<typeof setTimeout> | undefined
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer)
    if (!document.hidden) clients.rest(false)
    else timer = setTimeout(() => clients.rest(true), restAfterMs)
  })
  customElements.define('camwall-camera', cameraElement(clients, ownServer()))
  Object.assign(window, { Camwall: { LiveClient, browserLiveWorld } })
}

// The script may be on a page twice.
if (customElements.get('camwall-camera') === undefined) begin()
