import type { Camera } from '../lib/api/camera'

/** A live camera with a number, but for what the test says. */
export function camera(number: number, but: Partial<Camera> = {}): Camera {
  return {
    id: `cam${number}`, name: `Camera ${number}`, number, text: '', state: 'live', reason: '', message: '', hint: '', since: null, nextTry: null,
    marks: { unchanged: false, behindMs: 0 }, streams: [], device: `dev${number}`, provisioned: false, revision: 1, disabled: false, ptz: false,
    rotation: 0, transport: 'auto', user: '', hasPassword: false, ...but,
  }
}

export function cameras(count: number): Camera[] {
  return Array.from({ length: count }, (_, place) => camera(place + 1))
}
