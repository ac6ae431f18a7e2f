import { describe, expect, it } from 'vitest'
import { camera } from '../../testing/cameras'
import { device, found } from '../../testing/devices'
import { addressOf, hostOf, matches, rowsOf, titleOf, type CameraRow } from './rows'

describe('rowsOf', () => {
  it('tells each device once: as its cameras, or as what was found', () => {
    const { rows, others } = rowsOf(
      [camera(1, { device: 'nvr' }), camera(2, { device: 'gate' })],
      [device('nvr', { cameras: ['cam1'] }), device('gate', { cameras: ['cam2'] })],
      [
        found('a', { inventory: 'gate', foundBy: ['ws-discovery', 'ssdp'] }),
        found('b', {}),
        found('tv', { kind: 'mediaServer' }),
      ],
    )
    expect(rows.map((row) => row.key)).toEqual(['camera cam1', 'camera cam2', expect.stringContaining('b')])
    expect(rows[1]).toMatchObject({ kind: 'camera', foundBy: ['ws-discovery', 'ssdp'], device: { id: 'gate' } })
    expect(others.map((one) => one.id)).toEqual(['tv'])
  })

  it('is quick with a thousand cameras', () => {
    const many = Array.from({ length: 1000 }, (_, place) => camera(place + 1, { device: `d${place}` }))
    const devices = many.map((one) => device(one.device, { cameras: [one.id] }))
    const all = many.map((one, place) => found(`f${place}`, { inventory: one.device }))
    const started = performance.now()
    expect(rowsOf(many, devices, all).rows).toHaveLength(1000)
    expect(performance.now() - started).toBeLessThan(200)
  })
})

describe('addresses', () => {
  it.each([
    ['rtsp://192.0.2.1/stream', '192.0.2.1'], ['rtsp://192.0.2.1:8554/', '192.0.2.1'], ['http://[2001:db8::1]:80/onvif', '2001:db8::1'],
    ['rtsp://user:p@ss@cam.lan/x', 'cam.lan'], ['', ''], ['192.0.2.1', ''],
  ])('the host of %s is %s', (address, host) => expect(hostOf(address)).toBe(host))

  it('are those of the stream, else of the device', () => {
    const row = (streams: readonly { url: string }[], address: string, onvif: string): CameraRow => ({
      kind: 'camera', key: '', foundBy: [], device: device('d', { address, onvif }),
      camera: camera(1, { streams: streams.map(({ url }) => ({ name: 'main', codec: '', width: 0, height: 0, fps: 0, url })) }),
    })
    expect(addressOf(row([{ url: '' }, { url: 'rtsp://192.0.2.1/' }], '192.0.2.2:554', ''))).toBe('192.0.2.1')
    expect(addressOf(row([], '192.0.2.2:554', ''))).toBe('192.0.2.2')
    expect(addressOf(row([], '', 'http://192.0.2.3/onvif'))).toBe('192.0.2.3')
  })
})

describe('a row', () => {
  it('is found by what people see of it', () => {
    const { rows: [row] } = rowsOf([camera(7, { name: 'Main gate', streams: [{ name: 'main', codec: '', width: 0, height: 0, fps: 0, url: 'rtsp://192.0.2.9/' }] })], [], [])
    if (row === undefined) throw new Error('no row')
    for (const query of ['', ' ', 'GATE', '192.0.2.9', '7', 'cam7']) expect(matches(row, query), query).toBe(true)
    for (const query of ['8', 'door']) expect(matches(row, query), query).toBe(false)
  })

  it('has a name whatever the device tells', () => {
    expect(titleOf(found('a', { name: 'Gate', hardware: 'X' }))).toBe('Gate')
    expect(titleOf(found('a', { name: '', hardware: '', maker: '', addresses: ['192.0.2.1'] }))).toBe('192.0.2.1')
    expect(titleOf(found('a', { name: '', hardware: '', maker: '', addresses: [] }))).toBe('a')
  })
})
