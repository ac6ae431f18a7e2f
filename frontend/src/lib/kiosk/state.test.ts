import { describe, expect, it } from 'vitest'
import { kioskAnswer } from '../../testing/kiosk'
import { decodeKiosk } from './state'

describe('decodeKiosk', () => {
  it('reads what a kiosk says', () => {
    expect(decodeKiosk(kioskAnswer())).toEqual(kioskAnswer())
  })

  it.each<unknown>([null, undefined, 'text', 7, [], {}, { home: '/wall/a' }, { ready: true }, { home: '', ready: true }, { home: '/wall/a', ready: 'yes' }])('is none in %o', (body) => {
    expect(decodeKiosk(body)).toBeNull()
  })

  it('believes nothing else', () => {
    expect(decodeKiosk({ home: '/wall/a', ready: false, since: -5, addresses: ['192.0.2.7', 8], dim: 'dark', pin: 'yes', key: 7 })).toMatchObject({
      since: 0, addresses: ['192.0.2.7'], dim: 100, pin: false, key: '', clockSet: true, shift: false,
    })
  })

  it.each([[30, 30], [1, 5], [0, 100], [-7, 100], [250, 100], [100, 100]])('a brightness of %d is %d', (said, dim) => {
    expect(decodeKiosk(kioskAnswer({ dim: said }))?.dim).toBe(dim)
  })
})
