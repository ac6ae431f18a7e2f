import { describe, expect, it } from 'vitest'
import { camera } from '../../testing/cameras'
import { changeOf, formOf } from './camera-form'

const stream = (name: string, url: string) => ({ name, url, codec: 'H264', width: 0, height: 0, fps: 0 })
const gate = camera(1, { name: 'Gate', user: 'admin', hasPassword: true, streams: [stream('main', 'rtsp://192.0.2.1/a'), stream('sub', 'rtsp://192.0.2.1/b')] })

describe('the form of a camera', () => {
  it('changes nothing as long as nobody does', () => {
    for (const one of [gate, camera(0), camera(2, { streams: [stream('main', '')] }), camera(3, { streams: [stream('third', 'rtsp://192.0.2.1/')] })]) {
      expect(changeOf(one, formOf(one))).toBeNull()
    }
  })

  it('sends what differs, and nothing else', () => {
    expect(changeOf(gate, { ...formOf(gate), name: ' Door ' })).toEqual({ name: 'Door' })
    expect(changeOf(gate, { ...formOf(gate), number: '' })).toEqual({ number: 0 })
    expect(changeOf(gate, { ...formOf(gate), number: '12' })).toEqual({ number: 12 })
    expect(changeOf(gate, { ...formOf(gate), text: 'B', transport: 'udp', rotation: 90, disabled: true })).toEqual({ text: 'B', transport: 'udp', rotation: 90, disabled: true })
  })

  it('keeps the password unless a new one is typed', () => {
    expect(formOf(gate).password).toBe('')
    expect(changeOf(gate, { ...formOf(gate), password: 'new' })).toEqual({ user: 'admin', password: 'new' })
    expect(changeOf(gate, { ...formOf(gate), user: '' })).toEqual({ user: '' })
  })

  it('takes streams away, adds and changes them', () => {
    const form = formOf(gate)
    expect(changeOf(gate, { ...form, addresses: [{ name: 'main', url: 'rtsp://192.0.2.1/a' }, { name: 'sub', url: ' ' }] })).toEqual({ streams: { main: 'rtsp://192.0.2.1/a' } })
    const single = camera(1, { streams: [stream('main', 'rtsp://192.0.2.1/a')] })
    expect(formOf(single).addresses).toEqual([{ name: 'main', url: 'rtsp://192.0.2.1/a' }, { name: 'sub', url: '' }])
  })
})
