import type { Description, Device } from '../lib/api/device'
import type { Found } from '../lib/api/discovery'

/** A camera that was found, but for what the test says. */
export function found(id: string, but: Partial<Found> = {}): Found {
  return {
    id, kind: 'camera', name: `Found ${id}`, hardware: '', maker: '', addresses: ['192.0.2.1'], xaddrs: ['http://192.0.2.1/onvif/device_service'],
    rtsp: [], mac: '', location: '', foundBy: ['ws-discovery'], clockOffsetSeconds: 0, inventory: '', problem: null, ...but,
  }
}

export function device(id: string, but: Partial<Device> = {}): Device {
  return {
    id, name: id, address: '192.0.2.1:554', onvif: '', kind: 'camera', maker: '', model: '', user: '', provisioned: false, revision: 1,
    cameras: [], problem: null, ...but,
  }
}

/** What a recorder tells whose last channel has no video, as the server writes it. */
export function recorder(channels: number): Record<string, unknown> & Pick<Description, 'kind'> & { readonly channels: readonly unknown[] } {
  return {
    id: '', kind: 'recorder', maker: 'Maker', model: 'NVR', firmware: '1', serial: 'S', mac: '', onvif: 'http://192.0.2.1/onvif/device_service',
    clockOffsetSeconds: 0, problems: [],
    channels: Array.from({ length: channels }, (_, place) => ({
      source: `V${place + 1}`, name: `Door ${place + 1}`, number: place + 1, main: place + 1 < channels ? `P${place + 1}` : '', sub: '', camera: '',
    })),
    profiles: Array.from({ length: channels - 1 }, (_, place) => ({
      token: `P${place + 1}`, name: 'main', source: `V${place + 1}`, codec: 'H264', codecName: 'H264', width: 1280, height: 720, fps: 20,
      bitRateKbps: 2000, gop: 40, quality: 5, audio: '', url: '', ptz: false, use: '',
    })),
  }
}
