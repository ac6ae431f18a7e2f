import { beforeEach, describe, expect, it, vi } from 'vitest'
import { TestLive } from '../../testing/live'
import type { ApiClient } from '../api/client'
import { noAnswer } from '../api/result'
import { LinkState } from './link.svelte'
import { ServerState } from './server.svelte'

let live: TestLive
let answers: boolean
let server: ServerState
let link: LinkState

beforeEach(() => {
  live = new TestLive()
  answers = true
  const cameras: ApiClient['cameras'] = () => Promise.resolve(answers ? { kind: 'ok', value: [] } : { kind: 'error', problem: { ...noAnswer('gone'), status: 500 } })
  server = new ServerState({ api: { cameras } as never, random: () => 0.5 })
  link = new LinkState(live.client, server)
})

async function ask(): Promise<void> {
  const end = new AbortController()
  const ended = server.run(end.signal)
  await vi.waitFor(() => expect(server.link.kind).not.toBe('unknown'))
  end.abort()
  await ended
}

/** Until there is another answer than the last one. */
async function askAnew(): Promise<void> {
  const [before, kind] = [server.answers, server.link.kind]
  const end = new AbortController()
  const ended = server.run(end.signal)
  await vi.waitFor(() => expect(server.answers > before || server.link.kind !== kind).toBe(true))
  end.abort()
  await ended
}

const up = { kind: 'up', since: 1 } as const
const down = { kind: 'down', since: 1, nextTry: 99, message: '' } as const

describe('LinkState', () => {
  it('is fine before the first try, and while there are pictures', () => {
    link.start()
    expect(link.view).toEqual({ kind: 'fine' })
    live.connect({ kind: 'connecting' })
    expect(link.gone).toBe(false)
    live.connect(up)
    expect([link.view, link.up]).toEqual([{ kind: 'fine' }, true])
  })

  it('says that the server is gone as soon as the connection is, and asks', () => {
    const askNow = vi.spyOn(server, 'askNow')
    link.start()
    live.connect(up)
    live.connect(down)
    expect(link.view).toEqual({ kind: 'gone', status: 0, nextTry: 99 })
    expect(askNow).toHaveBeenCalledOnce()
    live.connect({ kind: 'connecting' })
    expect(link.view).toEqual({ kind: 'gone', status: 0, nextTry: null })
    live.connect(up)
    expect(link.gone).toBe(false)
  })

  it('tells a server without answers from one without pictures', async () => {
    link.start()
    live.connect(up)
    answers = false
    await ask()
    expect(link.view.kind).toBe('mute')
    live.connect(down)
    expect(link.view).toEqual({ kind: 'gone', status: 500, nextTry: 99 })
  })

  it('tells a server that answers without pictures, with its words, from one that is gone', async () => {
    await ask()
    link.start()
    live.connect(up)
    live.connect({ ...down, message: 'Too many viewers.' })
    // The last answer is from before the loss, and proves nothing.
    expect(link.view.kind).toBe('gone')
    await askAnew()
    expect(link.view).toEqual({ kind: 'blind', message: 'Too many viewers.', nextTry: 99 })
    expect(link.gone).toBe(true)
    live.connect(up)
    live.connect(down)
    expect(link.view.kind).toBe('gone')
  })

  it('knows a server that has never sent a picture, but answers', async () => {
    link.start()
    live.connect(down)
    expect(link.view.kind).toBe('gone')
    await ask()
    expect(link.view.kind).toBe('blind')
    answers = false
    await askAnew()
    expect(link.view).toMatchObject({ kind: 'gone', status: 500 })
  })

  it('goes by the answers alone where no pictures are wanted', async () => {
    const stop = link.start()
    live.connect(up)
    stop()
    live.connect(down)
    expect(link.view.kind).toBe('fine')
    answers = false
    await ask()
    expect(link.view).toMatchObject({ kind: 'gone', status: 500 })
  })

  it('does not take the end of the last page for a loss', () => {
    link.start()()
    live.link = down
    link.start()
    expect(link.view.kind).toBe('fine')
  })

  it('tries both ways when a person wants it', () => {
    const askNow = vi.spyOn(server, 'askNow')
    link.askNow()
    expect([live.asked, askNow.mock.calls.length]).toEqual([1, 1])
  })
})
