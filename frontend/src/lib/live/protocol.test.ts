// @vitest-environment node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { number, text } from '../api/json'
import { decodeHello, formatCommands, maybe, MessageReader, parseMessage, type Command, type Message } from './protocol'
import { decodeRefusal, decodeStatus } from './status'

/** What the server's own tests write and read. */
const golden = join(import.meta.dirname, '../../../../internal/liveview/wire/testdata')

interface Golden {
  readonly type: 'picture' | 'json' | 'sound'
  readonly fields: Readonly<Record<string, unknown>>
}

const messages = JSON.parse(readFileSync(join(golden, 'messages.json'), 'utf8')) as Readonly<Record<string, Golden>>

function bytes(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(golden, `${name}.bin`)))
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex')
}

/** A message in the words of the description. */
function fieldsOf(message: Message): unknown {
  switch (message.kind) {
    case 'json': return message.body
    case 'sound': return {
      codec: ['', 'alaw', 'mulaw', 'aac', 'opus'].indexOf(message.codec ?? ''), channels: message.channels, tile: message.tile, sampleRate: message.rate,
      arrived: message.arrived, sent: message.sent, config: hex(message.configuration), data: hex(message.data),
    }
    case 'picture': return {
      codec: ['', 'jpeg', 'h264', 'h265'].indexOf(message.codec ?? ''), source: message.source, tile: message.tile, seq: message.seq,
      flags: Number(message.key) + 2 * Number(message.catchingUp) + 4 * Number(message.skipped) + 8 * Number(message.last),
      arrived: message.arrived, sent: message.sent, data: hex(message.data),
    }
  }
}

describe('the messages of the server', () => {
  it.each(Object.entries(messages))('%s', (name, { type, fields }) => {
    const message = parseMessage(bytes(name))
    expect(message?.kind).toBe(type)
    // Who paints a picture learns its size from itself.
    const told = Object.entries(fields).filter(([field]) => type !== 'picture' || (field !== 'width' && field !== 'height'))
    expect(message && fieldsOf(message)).toEqual(Object.fromEntries(told))
  })

  it('come out of a body in pieces of any size', () => {
    const whole = Object.keys(messages).map(bytes)
    const body = new Uint8Array(whole.reduce((sum, one) => sum + one.length, 0))
    whole.reduce((at, one) => (body.set(one, at), at + one.length), 0)
    for (const size of [1, 2, 3, 5, 64, 1000, body.length]) {
      const reader = new MessageReader()
      const read: string[] = []
      for (let at = 0; at < body.length; at += size) read.push(...reader.push(body.slice(at, at + size)).map(hex))
      expect(read).toEqual(whole.map(hex))
    }
  })

  it('are passed over when they are of a newer kind', () => {
    expect(parseMessage(new Uint8Array([0, 0, 0, 2, 9, 1]))).toBeNull()
    const picture = bytes('picture-jpeg')
    picture[5] = 77
    expect(parseMessage(picture)).toMatchObject({ kind: 'picture', codec: null, tile: 7 })
  })

  it.each([
    ['nothing', []], ['no type', [0, 0, 0, 0]], ['another length', [0, 0, 0, 9, 2, 1]], ['half a picture', [0, 0, 0, 4, 1, 1, 1, 1]],
    ['half a sound', [0, 0, 0, 2, 3, 1]], ['no JSON', [0, 0, 0, 2, 2, 0x7b]],
  ])('are refused when they are %s', (_, message) => {
    expect(() => parseMessage(new Uint8Array(message))).toThrow()
  })

  it('are refused when the configuration of sound is longer than they are', () => {
    const sound = bytes('sound-aac')
    sound[32] = 255
    expect(() => parseMessage(sound)).toThrow('configuration')
  })

  it.each([[[0, 0, 0, 0]], [[255, 255, 255, 255]]])('end a body that has lost its way', (head) => {
    expect(() => new MessageReader().push(new Uint8Array(head))).toThrow('length')
  })
})

describe('what messages of JSON say', () => {
  const body = (name: string): unknown => messages[name]?.fields

  it('hello', () => {
    expect(decodeHello(body('hello-body'))).toEqual({
      version: 1, server: '1.2.3', page: 'a1b2', now: 1772600767891, clock: 1, tiles: 128, id: '0123456789abcdef0123456789abcdef',
    })
    expect(decodeHello(null).version).toBe(0)
  })

  it('states, with times by our own clock', () => {
    expect(decodeStatus(body('state-live'), (date) => date - 1000, 5000)).toEqual({
      camera: 'gate', source: 3, stream: 'sub', format: 'h264', why: '', codec: 'H264', width: 640, height: 360, fps: 15, bitrate: 412000,
      shape: { width: 1920, height: 1080 }, rotation: 90, rendition: null, state: 'live', reason: '', message: '', hint: '',
      since: 1772600766891, nextTry: null, newest: 4958.5, unchangedAfter: 10, unchangedSince: null, behindMs: 2100, reduced: '',
    })
    expect(decodeStatus(body('state-retrying'), (date) => date, 5000)).toMatchObject({
      why: 'codec', shape: null, rendition: { width: 640, height: 360, fps: 5, quality: 55 }, state: 'retrying', reason: 'refused',
      message: 'no answer from 192.0.2.7 <rtsp>', nextTry: 1772600769891, newest: null, unchangedSince: 1772600707891, reduced: 'link',
    })
  })

  it('states of a newer server are not live', () => {
    expect(decodeStatus({ state: 'dreaming', format: 'av1', shape: [0, 1], rotation: -90, behind: -5, reduced: 'moon' }, (date) => date, 0))
      .toMatchObject({ state: 'connecting', format: '', shape: null, rotation: 270, behindMs: 0, reduced: '' })
  })

  it('refusals', () => {
    expect(decodeRefusal(body('refused'))).toEqual({ status: 404, code: 'not_found', message: 'there is no camera "nobody"', hint: 'look at the list of cameras' })
  })

  it('numbers that may be missing', () => {
    expect([maybe({ a: 0 }, 'a'), maybe({ a: null }, 'a'), maybe({}, 'a'), maybe({ a: 'x' }, 'a')]).toEqual([0, null, null, null])
  })
})

describe('formatCommands', () => {
  it('writes one alone, and more as arrays of what one message may hold', () => {
    const one: Command = { type: 'ping', sent: 5 }
    expect(formatCommands([])).toEqual([])
    expect(formatCommands([one])).toEqual(['{"type":"ping","sent":5}'])
    const many = formatCommands(Array.from({ length: 600 }, (_, sent) => ({ type: 'ping', sent } as const))).map((part) => JSON.parse(part) as unknown[])
    expect(many.map((part) => part.length)).toEqual([256, 256, 88])
    const [first, last] = [many[0]?.[0], many[2]?.[87]]
    expect([text(first, 'type'), number(first, 'sent'), number(last, 'sent')]).toEqual(['ping', 0, 599])
  })
})
