import { afterEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { camera } from '../../testing/cameras'
import { device } from '../../testing/devices'
import type { Device } from '../api/device'
import { DeviceNames } from './device-names.svelte'
import { SignInState } from './sign-in.svelte'

afterEach(() => void vi.useRealTimers())

function signing(devices: readonly Device[], answer: Answer = () => undefined, but = {}) {
  const server = answers((asked) => {
    if (asked.what.startsWith('GET /api/v1/devices')) return Response.json({ devices })
    if (asked.what === 'GET /api/v1/cameras/cam1') return Response.json({ ...camera(1), revision: 7 })
    return answer(asked)
  })
  return { ...server, signIn: new SignInState({ api: server.api, camera: camera(1, { user: 'admin', ...but }) }) }
}

const saved: Answer = ({ what }) => Response.json(what.includes('devices') ? device('dev1') : camera(1))

describe('SignInState', () => {
  it('gives a camera of its own its new password, as it is now', async () => {
    const { signIn, asked } = signing([device('dev1', { cameras: ['cam1'] })], saved)
    await signIn.start()
    expect([signIn.user, signIn.siblings]).toEqual(['admin', 1])
    expect(await signIn.save()).toBe(false)
    signIn.password = 'secret'
    expect(await signIn.save()).toBe(true)
    expect(asked.at(-1)).toMatchObject({ what: 'PATCH /api/v1/cameras/cam1', body: { user: 'admin', password: 'secret' }, headers: { 'If-Match': '"7"' } })
    expect(signIn.password).toBe('')
  })

  it('gives it to the whole device, unless it is for the one camera', async () => {
    const { signIn, asked } = signing([device('dev1', { cameras: ['cam1', 'cam2'], revision: 3 })], saved)
    await signIn.start()
    signIn.password = 'secret'
    expect(await signIn.save()).toBe(true)
    expect(asked.at(-1)).toMatchObject({ what: 'PATCH /api/v1/devices/dev1', headers: { 'If-Match': '"3"' } })
    signIn.password = 'other'
    signIn.wholeDevice = false
    expect(await signIn.save()).toBe(true)
    expect(asked.at(-1)?.what).toBe('PATCH /api/v1/cameras/cam1')
  })

  it('says why it was not saved, and keeps the password for another try', async () => {
    const { signIn } = signing([], () => problem(507, 'storage'))
    await signIn.start()
    signIn.password = 'secret'
    expect(await signIn.save()).toBe(false)
    expect([signIn.problem?.code, signIn.password, signIn.saving]).toEqual(['storage', 'secret', false])
    signIn.close()
    expect(signIn.password).toBe('')
  })

  it('knows what is not changed here', () => {
    expect(signing([], undefined, { provisioned: true }).signIn.provisioned).toBe(true)
  })
})

describe('DeviceNames', () => {
  it('asks when a name is wanted, and not again for one that is not there', async () => {
    vi.useFakeTimers()
    const { api, asked } = answers(() => Response.json({ devices: [device('nvr', { name: 'Recorder' }), device('bare', { name: '', address: '192.0.2.7:554' })] }))
    const names = new DeviceNames(api)
    const { signal } = new AbortController()
    await names.want(['', ''], signal)
    expect([asked.length, names.of('nvr')]).toEqual([0, ''])
    await names.want(['nvr', 'bare'], signal)
    expect([names.of('nvr'), names.of('bare'), names.of('new')]).toEqual(['Recorder', 'bare', ''])
    await names.want(['nvr', 'new'], signal)
    expect(asked).toHaveLength(1)
    vi.advanceTimersByTime(30_000)
    await names.want(['new'], signal)
    expect(asked).toHaveLength(2)
  })
})
