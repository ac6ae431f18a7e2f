import { field, number, text } from '../api/json'

/** Of docs/live-protocol.md. */
export const protocolVersion = 1

/** A message longer than this is nobody's: the largest pictures have a few MB. */
const maxMessage = 64 << 20

const headBytes = 4

export type Codec = 'jpeg' | 'h264' | 'h265'

const codecs: readonly (Codec | undefined)[] = [undefined, 'jpeg', 'h264', 'h265']

const keyFlag = 1
const catchingUpFlag = 2
const skippedFlag = 4
const lastFlag = 8

/** One picture as it came. Its data is a view of the message: copy what has to stay. */
export interface PictureMessage {
  readonly kind: 'picture'
  /** Null: one that we do not know. */
  readonly codec: Codec | null
  readonly key: boolean
  /** Decode it, but don't show it. */
  readonly catchingUp: boolean
  /** Units were left out before it. */
  readonly skipped: boolean
  /** The last picture of a camera that is not live. */
  readonly last: boolean
  readonly source: number
  readonly tile: number
  readonly seq: number
  /** Milliseconds of the server's clock; 0 unknown. */
  readonly arrived: number
  readonly sent: number
  readonly data: Uint8Array<ArrayBuffer>
}

export type SoundCodec = 'alaw' | 'mulaw' | 'aac' | 'opus'

const soundCodecs: readonly (SoundCodec | undefined)[] = [undefined, 'alaw', 'mulaw', 'aac', 'opus']

export interface SoundMessage {
  readonly kind: 'sound'
  readonly codec: SoundCodec | null
  readonly channels: number
  readonly tile: number
  /** Hz. */
  readonly rate: number
  readonly arrived: number
  readonly sent: number
  readonly configuration: Uint8Array<ArrayBuffer>
  readonly data: Uint8Array<ArrayBuffer>
}

export interface JsonMessage {
  readonly kind: 'json'
  readonly type: string
  readonly body: unknown
}

export type Message = PictureMessage | SoundMessage | JsonMessage

/**
 * Reads one whole message, with its length in front. Null for types that we do not know; throws for bytes that are no
 * message: whoever sent them has lost its way.
 */
export function parseMessage(bytes: Uint8Array<ArrayBuffer>): Message | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < headBytes + 1 || view.getUint32(0) !== bytes.byteLength - headBytes) throw new Error('a message of another length than it says')
  switch (view.getUint8(4)) {
    case 1: return parsePicture(bytes, view)
    case 2: return parseJson(bytes)
    case 3: return parseSound(bytes, view)
    default: return null
  }
}

function parsePicture(bytes: Uint8Array<ArrayBuffer>, view: DataView): PictureMessage {
  if (bytes.byteLength < 36) throw new Error('a picture without its head')
  const flags = view.getUint8(6)
  return {
    kind: 'picture',
    codec: codecs[view.getUint8(5)] ?? null,
    key: (flags & keyFlag) !== 0,
    catchingUp: (flags & catchingUpFlag) !== 0,
    skipped: (flags & skippedFlag) !== 0,
    last: (flags & lastFlag) !== 0,
    source: view.getUint8(7),
    tile: view.getUint32(8),
    seq: view.getUint32(12),
    arrived: view.getFloat64(16),
    sent: view.getFloat64(24),
    data: bytes.subarray(36),
  }
}

function parseSound(bytes: Uint8Array<ArrayBuffer>, view: DataView): SoundMessage {
  if (bytes.byteLength < 34) throw new Error('sound without its head')
  const from = 34 + view.getUint16(32)
  if (from > bytes.byteLength) throw new Error('sound without its configuration')
  return {
    kind: 'sound',
    codec: soundCodecs[view.getUint8(5)] ?? null,
    channels: view.getUint8(6),
    tile: view.getUint32(8),
    rate: view.getUint32(12),
    arrived: view.getFloat64(16),
    sent: view.getFloat64(24),
    configuration: bytes.subarray(34, from),
    data: bytes.subarray(from),
  }
}

function parseJson(bytes: Uint8Array<ArrayBuffer>): JsonMessage {
  const body = JSON.parse(new TextDecoder().decode(bytes.subarray(5))) as unknown
  return { kind: 'json', type: text(body, 'type'), body }
}

/** Takes whole messages out of a body that comes in pieces of any size. */
export class MessageReader {
  /** What has come of the message that is being read. */
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #have = 0

  /** The messages that this piece has finished. Throws for a length that nobody sends. */
  push(piece: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const whole: Uint8Array<ArrayBuffer>[] = []
    this.#pieces.push(piece)
    this.#have += piece.byteLength
    for (let size = this.#size(); size !== null && this.#have >= size; size = this.#size()) whole.push(this.#take(size))
    return whole
  }

  /** Of the message that is being read, with its length; null until that is known. */
  #size(): number | null {
    if (this.#have < headBytes) return null
    let first = this.#pieces[0] as Uint8Array<ArrayBuffer>
    if (first.byteLength < headBytes) {
      first = joined(this.#pieces, this.#have)
      this.#pieces = [first]
    }
    const length = new DataView(first.buffer, first.byteOffset).getUint32(0)
    if (length < 1 || length > maxMessage) throw new Error('a message of a length that nobody sends')
    return headBytes + length
  }

  #take(size: number): Uint8Array<ArrayBuffer> {
    let first = this.#pieces[0] as Uint8Array<ArrayBuffer>
    // Joined once a message, when all of it is there: joining at each piece would copy large ones over and over.
    if (first.byteLength < size) first = joined(this.#pieces, this.#have)
    const rest = first.byteLength === this.#have ? [first.subarray(size)] : [first.subarray(size), ...this.#pieces.slice(1)]
    this.#pieces = rest.filter((one) => one.byteLength > 0)
    this.#have -= size
    return first.subarray(0, size)
  }
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[], bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.byteLength
  }
  return all
}

/** The server's first message. */
export interface Hello {
  readonly version: number
  readonly server: string
  /** Changes when the page does. */
  readonly page: string
  /** Unix ms of the server, and its even clock at that moment. */
  readonly now: number
  readonly clock: number
  /** How many tiles may be watched at once; 0 not said. */
  readonly tiles: number
  /** Of an endless answer: where commands go. */
  readonly id: string
}

export function decodeHello(body: unknown): Hello {
  return {
    version: number(body, 'version'), server: text(body, 'server'), page: text(body, 'page'), now: number(body, 'now'),
    clock: number(body, 'clock'), tiles: number(body, 'tiles'), id: text(body, 'id'),
  }
}

/** What a tile asks for, as commands name it. */
export interface WireWant {
  readonly camera: string
  readonly width: number
  readonly height: number
  readonly stream: string
  readonly fit: 'contain' | 'cover' | 'fill'
  readonly fps: number
  readonly formats: readonly Codec[]
}

export type Command =
  | { readonly type: 'watch'; readonly tile: number } & WireWant
  | { readonly type: 'change'; readonly tile: number } & Partial<WireWant>
  | { readonly type: 'unwatch' | 'restart' | 'sound'; readonly tile: number }
  | { readonly type: 'ack'; readonly tiles: readonly (readonly [tile: number, received: number, painted: number])[] }
  | { readonly type: 'pause' | 'resume' }
  | { readonly type: 'ping'; readonly sent: number }
  | { readonly type: 'budget'; readonly bits: number }
  | { readonly type: 'report'; readonly tile: number; readonly unchangedSince: number | null; readonly fps: number; readonly delay: number }

/** As many commands as one message may hold. */
const maxCommands = 256

/** Commands as the texts to send. */
export function formatCommands(commands: readonly Command[]): string[] {
  const texts: string[] = []
  for (let from = 0; from < commands.length; from += maxCommands) {
    const some = commands.slice(from, from + maxCommands)
    texts.push(JSON.stringify(some.length === 1 ? some[0] : some))
  }
  return texts
}

/** A number that may be missing. */
export function maybe(body: unknown, name: string): number | null {
  const value = field(body, name)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
