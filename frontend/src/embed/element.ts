import { LiveClient, type LiveWorld, type TileSight, type Want, type Watch } from '../lib/live/client'
import { wordsOf } from './words'

/** One connection a server, for as many elements as there are. */
export class Clients {
  readonly #newWorld: () => LiveWorld
  readonly #clients = new Map<string, { readonly client: LiveClient; readonly end: AbortController; users: number }>()
  #resting = false

  constructor(newWorld: () => LiveWorld) {
    this.#newWorld = newWorld
  }

  /** The client of a server; give it back by leave. */
  enter(server: string): LiveClient {
    let entry = this.#clients.get(server)
    if (entry === undefined) {
      entry = { client: new LiveClient({ address: server, transport: 'socket', world: this.#newWorld() }), end: new AbortController(), users: 0 }
      this.#clients.set(server, entry)
      entry.client.rest(this.#resting)
      void entry.client.run(entry.end.signal)
    }
    entry.users++
    return entry.client
  }

  leave(server: string): void {
    const entry = this.#clients.get(server)
    if (entry === undefined || --entry.users > 0) return
    this.#clients.delete(server)
    entry.end.abort()
  }

  /** Nobody looks at the page, or somebody does again. */
  rest(hidden: boolean): void {
    this.#resting = hidden
    for (const { client } of this.#clients.values()) client.rest(hidden)
  }
}

/** What the server takes for the name of a stream. */
const streamName = /^[a-z0-9][a-z0-9_-]{0,62}$/

const style = `
:host { position: relative; display: block; overflow: hidden; aspect-ratio: 16 / 9; background: #0b0d0f; color: #e6e9ec; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.soft { opacity: 0.6; }
.grey { filter: grayscale(1) brightness(0.35); }
p { position: absolute; inset: auto 0 0 0; margin: 0; padding: 0.3em 0.6em; font: 14px/1.4 system-ui, sans-serif; background: rgb(11 13 15 / 0.75); }
p:empty { display: none; }
`

/** One camera: `<camwall-camera camera="gate">`, with `server`, `stream` and `fit` where they are not the usual ones. */
export function cameraElement(clients: Clients, ownServer: string): typeof HTMLElement {
  return class extends HTMLElement {
    static readonly observedAttributes = ['camera', 'server', 'stream', 'fit']
    #end: (() => void) | null = null

    connectedCallback(): void {
      if (this.shadowRoot === null) {
        const sheet = document.createElement('style')
        sheet.textContent = style
        const words = document.createElement('p')
        words.setAttribute('role', 'status')
        this.attachShadow({ mode: 'open' }).append(sheet, document.createElement('canvas'), words)
      }
      this.#begin()
    }

    disconnectedCallback(): void {
      this.#end?.()
    }

    attributeChangedCallback(): void {
      this.#end?.()
      if (this.isConnected) this.#begin()
    }

    #begin(): void {
      const canvas = this.shadowRoot?.querySelector('canvas') ?? null
      const words = this.shadowRoot?.querySelector('p') ?? null
      const camera = this.getAttribute('camera') ?? ''
      if (canvas === null || words === null || camera === '') return
      const server = (this.getAttribute('server') ?? ownServer).replace(/\/+$/, '')
      const client = clients.enter(server)
      const leave = show(client, this.#want(camera), this, canvas, words)
      this.#end = () => {
        this.#end = null
        leave()
        clients.leave(server)
      }
    }

    #want(camera: string): Want {
      const fit = this.getAttribute('fit')
      const stream = this.getAttribute('stream') ?? ''
      return {
        camera, stream: streamName.test(stream) ? stream : 'auto', ...pixelsOf(this), fps: 0, prefer: 'auto',
        fit: fit === 'cover' || fit === 'fill' ? fit : 'contain',
      }
    }
  }
}

/** Shows a camera in an element until the returned function is called. */
function show(client: LiveClient, want: Want, element: HTMLElement, canvas: HTMLCanvasElement, words: HTMLElement): () => void {
  const begun = Date.now()
  const say = (sight: TileSight): void => {
    const said = wordsOf(sight, client.link, begun, Date.now())
    if (words.textContent !== said.words) words.textContent = said.words
    if (canvas.className !== said.dim) canvas.className = said.dim
  }
  canvas.width = want.width
  canvas.height = want.height
  const watch: Watch = client.watch(want, canvas, say)
  const size = new ResizeObserver(() => watch.resize(pixelsOf(element)))
  size.observe(element)
  // What is scrolled out of sight is not watched.
  const sight = new IntersectionObserver((entries) => {
    if (entries.at(-1)?.isIntersecting === false) watch.stop()
    else watch.start()
  })
  sight.observe(element)
  const clock = setInterval(() => say(watch.sight), 1000)
  return () => {
    clearInterval(clock)
    sight.disconnect()
    size.disconnect()
    watch.close()
    // A picture that is not watched any more says nothing of now.
    canvas.width = want.width
    canvas.className = words.textContent = ''
  }
}

function pixelsOf(element: HTMLElement): { width: number; height: number } {
  const { width, height } = element.getBoundingClientRect()
  const pixels = (css: number): number => Math.max(16, Math.round(css * devicePixelRatio))
  return { width: pixels(width), height: pixels(height) }
}
