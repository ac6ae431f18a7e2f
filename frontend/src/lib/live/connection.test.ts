import { describe, expect, it, vi } from 'vitest'
import { hello, jsonMessage, pictureMessage } from '../../testing/live-server'
import { testWorld } from '../../testing/live-world'
import { Connection } from './connection'
import type { Command, Hello, Message } from './protocol'
import type { CarrierConfig, Ended } from './socket'

/** A connection whose other end the test holds in its hands. */
function held() {
  let now = 1000
  let config: CarrierConfig | undefined
  let end: (ended: Ended) => void = () => undefined
  let aborted = false
  const sent: Command[] = []
  const hellos: Hello[] = []
  const messages: Message[] = []
  const named = vi.fn()
  const { world } = testWorld({ now: () => now })
  const connection = new Connection({
    world,
    newCarrier: (taken) => {
      config = taken
      return {
        send: (commands) => void sent.push(...commands),
        run: (signal) => new Promise((resolve) => {
          end = resolve
          if (signal.aborted) resolve({ message: '', retryAfterMs: 0 })
          signal.addEventListener('abort', () => {
            aborted = true
            resolve({ message: '', retryAfterMs: 0 })
          })
        }),
        named,
      }
    },
    onHello: (said) => hellos.push(said), onMessage: (message) => messages.push(message),
  })
  return {
    connection, sent, hellos, messages, named,
    say: (message: Uint8Array<ArrayBuffer>) => config?.onMessage(message),
    end: (ended: Ended) => end(ended),
    isAborted: () => aborted,
    /** Time passes as on a page that is awake. */
    pass: (ms: number) => {
      for (const until = now + ms; now < until;) {
        now += 250
        connection.tick(now)
      }
    },
    /** The page sleeps. */
    sleep: (ms: number) => {
      now += ms
      connection.tick(now)
    },
    now: () => now,
  }
}

const signal = (): AbortSignal => new AbortController().signal

describe('Connection', () => {
  it('begins with the first message, and pings every second', () => {
    const { connection, say, sent, hellos, named, pass } = held()
    void connection.run(signal())
    connection.send([{ type: 'pause' }])
    say(pictureMessage({ tile: 1, seq: 1 }))
    expect(sent).toEqual([])
    say(hello({ id: 'secret' }))
    say(hello())
    expect(hellos.map(({ page }) => page)).toEqual(['p1'])
    expect(named).toHaveBeenCalledExactlyOnceWith('secret')
    expect(sent).toEqual([{ type: 'ping', sent: 1000 }])
    pass(1000)
    expect(sent.at(-1)).toEqual({ type: 'ping', sent: 2000 })
  })

  it('learns the clock of the server', () => {
    const { connection, say, pass, now } = held()
    void connection.run(signal())
    say(hello({ clock: 50_000 }))
    expect(connection.clock.local(50_000)).toBe(1000)
    pass(250)
    say(jsonMessage({ type: 'pong', sent: now() - 10, clock: 60_000 }))
    expect(connection.clock.roundTripMs).toBe(10)
    expect(connection.clock.local(60_000)).toBe(now() - 5)
  })

  it('hands on what is not its own, and counts it', () => {
    const { connection, say, messages, pass } = held()
    void connection.run(signal())
    say(hello())
    say(pictureMessage({ tile: 4, seq: 1, data: new Uint8Array(10_000) }))
    say(jsonMessage({ type: 'state', tile: 4 }))
    say(new Uint8Array([0, 0, 0, 1, 99]))
    expect(messages.map(({ kind }) => kind)).toEqual(['picture', 'json'])
    pass(1000)
    expect(connection.bitsPerSecond).toBeGreaterThan(80_000)
  })

  it('ends when nothing comes for 3 s', async () => {
    const { connection, say, pass, isAborted } = held()
    const run = connection.run(signal())
    say(hello())
    pass(2750)
    expect(isAborted()).toBe(false)
    say(jsonMessage({ type: 'pong' }))
    pass(2750)
    expect(isAborted()).toBe(false)
    pass(250)
    expect(isAborted()).toBe(true)
    expect(await run).toEqual({ message: '', retryAfterMs: 0 })
  })

  it('ends when the first message does not come within 5 s', () => {
    const { connection, pass, isAborted } = held()
    void connection.run(signal())
    pass(4750)
    expect(isAborted()).toBe(false)
    pass(250)
    expect(isAborted()).toBe(true)
  })

  it('does not take its own sleep for a dead server', () => {
    const { connection, say, pass, sleep, sent, isAborted } = held()
    void connection.run(signal())
    say(hello())
    pass(1000)
    sleep(60_000)
    expect(isAborted()).toBe(false)
    expect(sent.at(-1)).toEqual({ type: 'ping', sent: 62_000 })
    pass(750)
    expect(isAborted()).toBe(false)
    pass(250)
    expect(isAborted()).toBe(true)
  })

  it('passes on what the server says at the end', async () => {
    const { connection, say, end } = held()
    const run = connection.run(signal())
    say(hello())
    say(jsonMessage({ type: 'bye', code: 'stopping', message: 'The server is stopping.', retryAfter: 1500 }))
    end({ message: '', retryAfterMs: 0 })
    expect(await run).toEqual({ message: 'The server is stopping.', retryAfterMs: 1500 })
  })

  it('ends with a server that speaks another version, but tells of it first', async () => {
    const { connection, say, hellos, sent } = held()
    const run = connection.run(signal())
    say(hello({ version: 2 }))
    expect(hellos).toHaveLength(1)
    expect(connection.hello).toBeNull()
    expect((await run).message).toContain('version 2')
    connection.send([{ type: 'pause' }])
    expect(sent).toEqual([])
  })

  it('is silent after its end', async () => {
    const { connection, say, messages } = held()
    const end = new AbortController()
    const run = connection.run(end.signal)
    say(hello())
    end.abort()
    await run
    say(pictureMessage({ tile: 1, seq: 1 }))
    expect(messages).toEqual([])
    const late = held()
    expect(await late.connection.run(end.signal).then(() => 'ended')).toBe('ended')
  })
})
