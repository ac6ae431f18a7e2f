import { afterEach, describe, expect, it, vi } from 'vitest'
import { answers, problem } from '../../testing/answers'
import { found } from '../../testing/devices'
import { DiscoveryState } from './discovery.svelte'

const end = new AbortController()
afterEach(() => vi.useRealTimers())

/** A search whose events the test sends. */
function searching() {
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined
  const server = answers(({ what }) => {
    if (what.endsWith('/events')) return new Response(new ReadableStream({ start: (controller) => void (stream = controller) }))
    return what.endsWith('/search') ? problem(400, 'bad_request') : Response.json({ devices: [{ id: 'b' }, { id: 'c' }], problems: [] })
  })
  const state = new DiscoveryState({ api: server.api, fetch: server.fetch, random: () => 0 })
  void state.run(end.signal)
  const send = async (type: string, data: unknown): Promise<void> => {
    await vi.waitFor(() => expect(stream).toBeDefined())
    stream?.enqueue(new TextEncoder().encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { state, send }
}

const ids = (state: DiscoveryState): string[] => state.found.map((one) => one.id)

describe('DiscoveryState', () => {
  it('follows what is found, and nothing moves in the list', async () => {
    const { state, send } = searching()
    await send('snapshot', { searching: false, devices: [found('a'), found('b')], problems: [{ code: 'no_multicast', message: 'lo', hint: 'h' }] })
    expect(ids(state)).toEqual(['a', 'b'])
    expect(state.problems).toEqual([{ code: 'no_multicast', message: 'lo', hint: 'h' }])
    expect(state.linked).toBe(true)
    await send('added', found('c'))
    await send('changed', found('a', { name: 'Gate' }))
    await send('changed', { name: 'without an id' })
    await send('tomorrow', found('d'))
    expect(ids(state)).toEqual(['a', 'b', 'c'])
    expect(state.found[0]?.name).toBe('Gate')
    await send('removed', { id: 'b' })
    await send('removed', { id: 'z' })
    expect(ids(state)).toEqual(['a', 'c'])
    await send('snapshot', { devices: [found('d'), found('c')], problems: [] })
    expect(ids(state)).toEqual(['c', 'd'])
    expect(state.problems).toEqual([])
  })

  it('tells a problem once', async () => {
    const { state, send } = searching()
    await send('problem', { code: 'no_multicast', message: 'lo', hint: '' })
    await send('problem', { code: 'no_multicast', message: 'lo', hint: 'new' })
    await send('problem', { message: 'without a code' })
    expect(state.problems).toEqual([{ code: 'no_multicast', message: 'lo', hint: 'new' }])
  })

  it('knows how far the search is', async () => {
    const { state, send } = searching()
    expect(state.search).toBeNull()
    await send('progress', { searching: true, secondsLeft: 5, interfaces: ['eth0'] })
    expect(state.search).toMatchObject({ interfaces: ['eth0'] })
    const { startedAt = 0, endsAt = 0 } = state.search ?? {}
    expect(endsAt - startedAt).toBe(5000)
    await send('progress', { searching: true, secondsLeft: 2, interfaces: ['eth0'] })
    expect(state.search?.startedAt).toBe(startedAt)
    await send('progress', { searching: false, secondsLeft: 0 })
    expect(state.search).toBeNull()
  })

  it('says why a search could not begin, and reads anew what was found', async () => {
    const { state } = searching()
    expect(await state.searchNow(['nonsense'], end.signal)).toBe(false)
    expect(state.refused).toMatchObject({ code: 'bad_request' })
    await state.refresh(end.signal)
    expect(ids(state)).toEqual(['b', 'c'])
  })
})
