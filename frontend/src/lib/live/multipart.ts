/** One part of the endless answer of `GET /live/{id}?raw=1`. */
export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** The body alone; a buffer of its own that the receiver may keep. */
  readonly body: Uint8Array<ArrayBuffer>
}

export interface MultipartConfig {
  /** Without the two dashes. */
  readonly boundary: string
  /** Largest body taken, in bytes. */
  readonly maxBody: number
  /** Largest block of boundary line and headers taken, in bytes. */
  readonly maxHeader: number
}

export const multipartDefaults: MultipartConfig = { boundary: 'frame', maxBody: 8 << 20, maxHeader: 8 << 10 }

/** The bytes are not what we understand; the connection is of no more use. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError'
}

type Phase =
  | { readonly kind: 'header' }
  | { readonly kind: 'body'; readonly headers: ReadonlyMap<string, string>; readonly body: Uint8Array<ArrayBuffer>; filled: number }
  | { readonly kind: 'ended' }

/**
 * Takes a multipart stream (RFC 2046 section 5.1) apart as its bytes arrive, in pieces of any size. Every part needs a
 * Content-Length: a body is never searched for the boundary. Memory is bounded by one part.
 */
export class MultipartParser {
  readonly #config: MultipartConfig
  readonly #block: Uint8Array<ArrayBuffer>
  #blockFilled = 0
  #phase: Phase = { kind: 'header' }

  constructor(config: MultipartConfig = multipartDefaults) {
    this.#config = config
    this.#block = new Uint8Array(config.maxHeader)
  }

  /** True once the closing boundary has been read; bytes after it are ignored. */
  get ended(): boolean {
    return this.#phase.kind === 'ended'
  }

  /** Returns the parts that this chunk completes, oldest first. Throws MultipartError, after which nothing may be pushed. */
  push(chunk: Uint8Array): Part[] {
    const parts: Part[] = []
    let rest = chunk
    while (rest.length > 0 && this.#phase.kind !== 'ended') {
      if (this.#phase.kind === 'header') {
        rest = this.#readHeader(rest)
      } else {
        rest = fill(this.#phase, rest)
      }
      // A body of no bytes is whole as soon as its header is.
      if (this.#phase.kind === 'body' && this.#phase.filled === this.#phase.body.length) {
        parts.push({ headers: this.#phase.headers, body: this.#phase.body })
        this.#phase = { kind: 'header' }
      }
    }
    return parts
  }

  /** Takes bytes up to and with the empty line; what follows it is returned. */
  #readHeader(chunk: Uint8Array): Uint8Array {
    for (const [index, byte] of chunk.entries()) {
      if (this.#blockFilled === this.#block.length) throw new MultipartError('header too large')
      this.#block[this.#blockFilled++] = byte
      if (byte !== LF) continue
      if (this.#isClosing()) {
        this.#phase = { kind: 'ended' }
        return chunk.subarray(index + 1)
      }
      if (!this.#endsWithEmptyLine()) continue
      this.#startBody()
      return chunk.subarray(index + 1)
    }
    return chunk.subarray(chunk.length)
  }

  #endsWithEmptyLine(): boolean {
    const end = this.#blockFilled
    // The line break that ends the part before comes first and is no empty line of ours.
    return end > 4 && this.#block[end - 2] === CR && this.#block[end - 3] === LF && this.#block[end - 4] === CR
  }

  #text(): string {
    return new TextDecoder('latin1').decode(this.#block.subarray(0, this.#blockFilled))
  }

  #isClosing(): boolean {
    const closing = this.#config.boundary.length + 8
    return this.#blockFilled <= closing && this.#text().trim() === `--${this.#config.boundary}--`
  }

  #startBody(): void {
    const headers = parseBlock(this.#text(), this.#config.boundary)
    this.#blockFilled = 0
    const length = headers.get('content-length') ?? ''
    if (!/^\d{1,10}$/.test(length)) throw new MultipartError('part without a Content-Length')
    const size = Number(length)
    if (size > this.#config.maxBody) throw new MultipartError('part too large')
    this.#phase = { kind: 'body', headers, body: new Uint8Array(size), filled: 0 }
  }
}

const CR = 13
const LF = 10

function fill(phase: Extract<Phase, { kind: 'body' }>, chunk: Uint8Array): Uint8Array {
  const piece = chunk.subarray(0, phase.body.length - phase.filled)
  phase.body.set(piece, phase.filled)
  phase.filled += piece.length
  return chunk.subarray(piece.length)
}

/** The block is an optional line break, the boundary line, the header lines and an empty line. */
function parseBlock(block: string, boundary: string): Map<string, string> {
  const lines = block.replace(/^\r\n/, '').slice(0, -4).split('\r\n')
  if (lines.shift()?.trimEnd() !== `--${boundary}`) throw new MultipartError('no boundary where one must be')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new MultipartError('a header line without a name')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}
