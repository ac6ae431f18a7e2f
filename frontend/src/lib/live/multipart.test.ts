import { describe, expect, it } from 'vitest'
import { MultipartError, MultipartParser, type Part } from './multipart'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (part: Part | undefined): string => new TextDecoder().decode(part?.body)

function part(body: string, headers = ''): string {
  return `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}\r\n`
}

describe('MultipartParser', () => {
  // Bodies that look like the frame around them must not be taken for it.
  const stream = part('first', 'X-Camwall-Seq: 1\r\n') + part('\r\n--frame\r\n\r\n') + part('') + part('last', 'X-Seen:a:b\r\n') + '--frame--\r\n'
  const bodies = ['first', '\r\n--frame\r\n\r\n', '', 'last']

  it('gives the same parts for chunks cut at every position', () => {
    const all = bytes(stream)
    for (let cut = 0; cut <= all.length; cut++) {
      const parser = new MultipartParser()
      const parts = [...parser.push(all.subarray(0, cut)), ...parser.push(all.subarray(cut))]
      expect(parts.map(text), `cut at ${cut}`).toEqual(bodies)
      expect(parser.ended).toBe(true)
    }
  })

  it.each([1, 2, 3, 7, 16])('gives the same parts for chunks of %d bytes', (size) => {
    const parser = new MultipartParser()
    const all = bytes(stream)
    const parts: Part[] = []
    for (let at = 0; at < all.length; at += size) parts.push(...parser.push(all.subarray(at, at + size)))
    expect(parts.map(text)).toEqual(bodies)
  })

  it('reads headers without regard to case and with colons in values', () => {
    const parts = new MultipartParser().push(bytes(stream))
    expect(parts[0]?.headers.get('x-camwall-seq')).toBe('1')
    expect(parts[0]?.headers.get('content-type')).toBe('image/jpeg')
    expect(parts[3]?.headers.get('x-seen')).toBe('a:b')
  })

  it('hands over a part as soon as its last byte is there', () => {
    const parser = new MultipartParser()
    const all = bytes(part('12345'))
    expect(parser.push(all.subarray(0, -3))).toEqual([])
    expect(parser.push(all.subarray(-3, -2)).map(text)).toEqual(['12345'])
  })

  it('gives parts that later chunks do not change', () => {
    const parser = new MultipartParser()
    const chunk = bytes(part('keep'))
    const [kept] = parser.push(chunk)
    chunk.fill(0)
    parser.push(bytes(part('more')))
    expect(text(kept)).toBe('keep')
  })

  it('ignores what follows the closing boundary', () => {
    const parser = new MultipartParser()
    expect(parser.push(bytes('--frame--\r\nrubbish'))).toEqual([])
    expect(parser.push(bytes(part('late')))).toEqual([])
    expect(parser.ended).toBe(true)
  })

  it.each([
    ['another boundary', '--other\r\nContent-Length: 1\r\n\r\nx'],
    ['no boundary', 'Content-Length: 1\r\nA: b\r\n\r\nx'],
    ['no length', '--frame\r\nContent-Type: image/jpeg\r\n\r\nx'],
    ['no headers', '--frame\r\n\r\nx'],
    ['a negative length', '--frame\r\nContent-Length: -1\r\n\r\nx'],
    ['a length that is no number', '--frame\r\nContent-Length: 1e3\r\n\r\nx'],
    ['a body over the limit', '--frame\r\nContent-Length: 8388609\r\n\r\nx'],
    ['a length beyond all numbers', '--frame\r\nContent-Length: 99999999999999999999\r\n\r\nx'],
    ['a header without a name', '--frame\r\n: 1\r\n\r\nx'],
    ['a header without a colon', '--frame\r\nContent-Length\r\n\r\nx'],
    ['a body longer than its length', '--frame\r\nContent-Length: 1\r\n\r\nxyz\r\n--frame\r\nContent-Length: 1\r\n\r\nx'],
    ['headers over the limit', `--frame\r\nX: ${'a'.repeat(8192)}\r\n\r\n`],
  ])('refuses %s', (_, stream) => {
    expect(() => new MultipartParser().push(bytes(stream))).toThrow(MultipartError)
  })

  it('takes a body of exactly the limit', () => {
    const parser = new MultipartParser({ boundary: 'b', maxBody: 4, maxHeader: 64 })
    expect(parser.push(bytes('--b\r\nContent-Length: 4\r\n\r\nabcd')).map(text)).toEqual(['abcd'])
    expect(() => parser.push(bytes('\r\n--b\r\nContent-Length: 5\r\n\r\n'))).toThrow('part too large')
  })
})
