import { describe, expect, it } from 'vitest'
import { AckBook } from './ack-book'

describe('AckBook', () => {
  it('tells each change once', () => {
    const book = new AckBook()
    expect(book.take()).toBeNull()
    book.received(1)
    expect(book.take()).toEqual([1, 0])
    expect(book.take()).toBeNull()
    book.settled(1)
    expect(book.take()).toEqual([1, 1])
    expect(book.take()).toBeNull()
  })

  it('calls nothing painted that has one before it that is not', () => {
    const book = new AckBook()
    for (const seq of [4, 5, 6]) book.received(seq)
    book.settled(6)
    expect(book.take()).toEqual([6, 3])
    book.settled(4)
    expect(book.take()).toEqual([6, 4])
    book.settled(5)
    expect(book.take()).toEqual([6, 6])
    expect(book.highest).toBe(6)
  })

  it('settles what will never be painted', () => {
    const book = new AckBook()
    for (const seq of [1, 2, 3]) book.received(seq)
    book.settleAllBut(3)
    expect(book.take()).toEqual([3, 2])
    book.settleAllBut(null)
    expect(book.take()).toEqual([3, 3])
  })

  it('forgets all for pictures that are counted from 1 again', () => {
    const book = new AckBook()
    book.received(9)
    book.settled(9)
    book.take()
    book.forget()
    expect(book.take()).toBeNull()
    book.received(1)
    expect(book.take()).toEqual([1, 0])
  })
})
