import { describe, expect, it } from 'vitest'
import { isWindow, stillAddress } from './address'

describe('addresses', () => {
  it('ask for exactly one size and escape the camera', () => {
    expect(stillAddress('a/b', { width: 320, height: 180 })).toBe('/live/a%2Fb.jpg?size=320x180&fit=contain&stream=auto')
  })

  it.each([
    ['wails:', 'wails', true], ['http:', 'wails.localhost', true], ['https:', 'wails', true],
    ['http:', '127.0.0.1', false], ['https:', 'wall.example', false],
  ])('%s//%s in the window: %s', (protocol, hostname, expected) => {
    expect(isWindow({ protocol, hostname })).toBe(expected)
  })
})
