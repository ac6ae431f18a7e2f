import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hello, jsonMessage, liveServer, pictureMessage, type LiveServer } from '../testing/live-server'
import { drawing, testWorld, type TestWorld } from '../testing/live-world'
import { cameraElement, Clients } from './element'

let server: LiveServer
let other: LiveServer
let test: TestWorld
let clients: Clients
/** Names of elements can't be taken back. */
let names = 0
let name: string
let seen: ((entries: { isIntersecting: boolean }[]) => void)[]

beforeEach(async () => {
  drawing()
  seen = []
  vi.stubGlobal('ResizeObserver', class { observe = vi.fn(); disconnect = vi.fn() })
  vi.stubGlobal('IntersectionObserver', class {
    observe = vi.fn()
    disconnect = vi.fn()
    constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
      seen.push(callback)
    }
  })
  vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockReturnValue({ width: 320, height: 180 } as DOMRect)
  server = await liveServer((viewer) => viewer.send(hello()))
  other = await liveServer((viewer) => viewer.send(hello()))
  test = testWorld()
  clients = new Clients(() => test.world)
  name = `camwall-test-${++names}`
  customElements.define(name, cameraElement(clients, server.address))
})

afterEach(async () => {
  document.body.replaceChildren()
  await server.close()
  await other.close()
  vi.unstubAllGlobals()
})

function add(attributes: Readonly<Record<string, string>>): HTMLElement {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  document.body.append(element)
  return element
}

function commands(type: string, at = server): Readonly<Record<string, unknown>>[] {
  return (at.viewers.at(-1)?.commands ?? []).filter((command) => command['type'] === type)
}

const words = (element: HTMLElement): string | null | undefined => element.shadowRoot?.querySelector('p')?.textContent

describe('camwall-camera', () => {
  it('shows a camera of the server that the script came from', async () => {
    const element = add({ camera: 'gate' })
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(1))
    expect(commands('watch')[0]).toMatchObject({ camera: 'gate', stream: 'auto', fit: 'contain', width: 320, height: 180 })
    const viewer = server.viewers[0]
    viewer?.send(jsonMessage({ type: 'state', tile: 1, camera: 'gate', source: 1, format: 'jpeg', state: 'live' }))
    viewer?.send(pictureMessage({ tile: 1, seq: 1 }))
    const canvas = element.shadowRoot?.querySelector('canvas')
    await vi.waitFor(() => expect(canvas?.className).toBe('soft'))
    await vi.waitFor(() => {
      test.paint()
      expect(canvas?.className).toBe('')
    })
    expect(words(element)).toBe('')
    viewer?.send(jsonMessage({ type: 'state', tile: 1, camera: 'gate', source: 1, state: 'unauthorized' }))
    await vi.waitFor(() => expect(words(element)).toBe('The camera refuses the password.'))
    expect(canvas?.className).toBe('grey')
  })

  it('has one connection for all that are of one server, and ends it with the last of them', async () => {
    const [one, two] = [add({ camera: 'gate', fit: 'cover' }), add({ camera: 'yard', stream: 'main', fit: 'odd' })]
    const third = add({ camera: 'far', server: `${other.address}/` })
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(2))
    await vi.waitFor(() => expect(commands('watch', other)).toHaveLength(1))
    expect(commands('watch').map(({ camera, stream, fit }) => [camera, stream, fit])).toEqual([['gate', 'auto', 'cover'], ['yard', 'main', 'contain']])
    expect(server.viewers).toHaveLength(1)
    one.remove()
    await vi.waitFor(() => expect(commands('unwatch')).toHaveLength(1))
    two.remove()
    third.remove()
    await vi.waitFor(() => expect([server, other].map(({ viewers }) => viewers[0]?.ended())).toEqual([true, true]))
  })

  it('follows its attributes', async () => {
    const element = add({})
    expect(server.viewers).toHaveLength(0)
    element.setAttribute('camera', 'gate')
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(1))
    element.setAttribute('camera', 'yard')
    await vi.waitFor(() => expect(commands('watch').at(-1)).toMatchObject({ camera: 'yard' }))
    expect(element.shadowRoot?.querySelectorAll('canvas')).toHaveLength(1)
  })

  it('watches nothing that cannot be seen', async () => {
    add({ camera: 'gate' })
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(1))
    seen[0]?.([{ isIntersecting: false }])
    await vi.waitFor(() => expect(commands('unwatch')).toHaveLength(1))
    seen[0]?.([{ isIntersecting: true }])
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(2))
    clients.rest(true)
    await vi.waitFor(() => expect(commands('pause')).toHaveLength(1))
    clients.rest(false)
    await vi.waitFor(() => expect(commands('resume')).toHaveLength(1))
  })

  it('says so when the server is gone', async () => {
    const element = add({ camera: 'gate' })
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(1))
    server.open = false
    server.viewers[0]?.end()
    await vi.waitFor(() => expect(words(element)).toBe('The server does not answer.'))
  })

  it('shows nothing of a camera that is not wanted any more', async () => {
    const element = add({ camera: 'gate' })
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(1))
    server.viewers[0]?.send(jsonMessage({ type: 'state', tile: 1, camera: 'gate', source: 1, state: 'unauthorized' }))
    await vi.waitFor(() => expect(words(element)).toBe('The camera refuses the password.'))
    const canvas = element.shadowRoot?.querySelector('canvas') as HTMLCanvasElement
    const cleared = vi.spyOn(canvas, 'width', 'set')
    element.removeAttribute('camera')
    expect([words(element), canvas.className]).toEqual(['', ''])
    expect(cleared).toHaveBeenCalled()
  })

  it('takes what is no name of a stream for auto', async () => {
    add({ camera: 'gate', stream: 'Main stream!' })
    await vi.waitFor(() => expect(commands('watch')).toHaveLength(1))
    expect(commands('watch')[0]).toMatchObject({ stream: 'auto' })
  })
})
