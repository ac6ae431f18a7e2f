import { describe, expect, it, vi } from 'vitest'
import { answers, later, problem, type Answer } from '../../testing/answers'
import type { Trial } from '../api/trial'
import { TurnTable } from './turn-table'
import { DeviceLook } from './look.svelte'
import { addressToAdd, TrialState, type Pasted } from './trial.svelte'

const pasted = (address: string, but: Partial<Pasted> = {}): Pasted => ({ address, user: '', password: '', name: '', ...but })
const plays = { tracks: [{ kind: 'video', codec: 'H264', width: 1280, height: 720, fps: 25 }], width: 1280, height: 720, transport: 'tcp', address: 'rtsp://192.0.2.1/stream1', maker: 'Maker', picture: 'QUJD' }

function trying(answer: Answer) {
  const server = answers(answer)
  const lookAt = (address: string) => new DeviceLook({ api: server.api, turns: new TurnTable(2), target: { address }, onAdded: () => undefined })
  return { ...server, trial: new TrialState({ api: server.api, lookAt }) }
}

describe('TrialState', () => {
  it('plays the address of a stream, and adds it as it was pasted', async () => {
    const { trial, asked } = trying(({ what }) => (what.endsWith('/test') ? Response.json(plays) : Response.json({ id: 'gate', name: 'Gate' })))
    const address = 'rtsp://admin:p@ss@192.0.2.1/stream1'
    await trial.test(pasted(` ${address} `))
    expect(trial.phase).toMatchObject({ kind: 'plays', trial: { width: 1280, picture: 'QUJD' } })
    expect(asked[0]?.body).toEqual({ url: address, guess: true, picture: true })
    expect(await trial.add(pasted(address, { name: ' Gate ' }))).toBe(true)
    expect(asked[1]).toMatchObject({ what: 'POST /api/v1/cameras', body: { url: address, name: 'Gate' } })
    expect(trial.phase).toMatchObject({ kind: 'added', camera: { id: 'gate' } })
  })

  it('looks into a device when the address is that of one', async () => {
    const { trial } = trying(() => Response.json({ channels: [] }))
    await trial.test(pasted('192.0.2.1', { user: 'admin', password: 'x' }))
    expect(trial.phase).toMatchObject({ kind: 'device', look: { look: { kind: 'described' }, signedIn: true } })
    const guarded = trying(() => problem(424, 'unauthorized'))
    await guarded.trial.test(pasted('192.0.2.1'))
    expect(guarded.trial.phase).toMatchObject({ kind: 'device', look: { look: { kind: 'password', refused: null } } })
    guarded.trial.stop()
    expect(guarded.trial.phase.kind).toBe('idle')
  })

  it('tries the stream of a device that does not speak ONVIF', async () => {
    const { trial, asked } = trying(({ what }) => (what.endsWith('/test') ? Response.json(plays) : problem(424, 'not_onvif')))
    await trial.test(pasted('192.0.2.1'))
    expect(asked.map((one) => one.what)).toEqual(['POST /api/v1/describe', 'POST /api/v1/test'])
    expect(asked[1]?.body).toMatchObject({ url: 'rtsp://192.0.2.1', guess: true })
    expect(trial.phase.kind).toBe('plays')
  })

  it('says why nothing plays', async () => {
    const { trial } = trying(() => problem(424, 'locked'))
    await trial.test(pasted('192.0.2.1'))
    expect(trial.phase).toMatchObject({ kind: 'failed', problem: { code: 'locked' } })
    await trial.test(pasted('rtsp://192.0.2.1/'))
    expect(trial.phase).toMatchObject({ kind: 'failed', problem: { code: 'locked' } })
    expect(await trial.add(pasted('rtsp://192.0.2.1/'))).toBe(false)
    expect(trial.phase).toMatchObject({ kind: 'failed' })
  })

  it('forgets what it knows when something else is typed', async () => {
    const { trial } = trying(() => Response.json(plays))
    const first = pasted('rtsp://192.0.2.1/')
    await trial.test(first)
    trial.typed({ ...first, name: 'Gate' })
    expect(trial.phase.kind).toBe('plays')
    trial.typed({ ...first, password: 'x' })
    expect(trial.phase.kind).toBe('idle')
  })

  it('takes the answer of the last test alone', async () => {
    const first = later()
    const { trial, asked } = trying(({ body }) => ((body as { url: string }).url.endsWith('/a') ? first.answer : Response.json(plays)))
    void trial.test(pasted('rtsp://192.0.2.1/a'))
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    await trial.test(pasted('rtsp://192.0.2.1/b'))
    first.give(problem(424, 'refused'))
    await Promise.resolve()
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(trial.phase.kind).toBe('plays')
  })
})

describe('addressToAdd', () => {
  const found = (address: string): Trial => ({ ...plays, address })
  it.each([
    ['rtsp://u:p@192.0.2.1', found('rtsp://192.0.2.1/stream1'), 'rtsp://u:p@192.0.2.1/stream1'],
    ['rtsp://192.0.2.1/', found('rtsp://192.0.2.1/stream1'), 'rtsp://192.0.2.1/stream1'],
    ['192.0.2.1:8554', found('rtsp://192.0.2.1:8554/live?a=1'), 'rtsp://192.0.2.1:8554/live?a=1'],
    ['rtsp://192.0.2.1/stream1', found('rtsp://192.0.2.1/stream1'), 'rtsp://192.0.2.1/stream1'],
    ['rtsp://192.0.2.1/', found('rtsp://192.0.2.1/'), 'rtsp://192.0.2.1/'],
    ['192.0.2.1', null, 'rtsp://192.0.2.1'],
    ['rtsp://u:p/w?r#d@192.0.2.1', found('rtsp://192.0.2.1/live'), 'rtsp://u:p/w?r#d@192.0.2.1/live'],
    ['rtsp://192.0.2.1/a@b', found('rtsp://192.0.2.1/a@b'), 'rtsp://192.0.2.1/a@b'],
  ])('of %s after %o is %s', (address, trial, whole) => expect(addressToAdd(address, trial)).toBe(whole))

  it('does not append to an address that has a path with a secret in it', () => {
    // The server hides what may be a sign-in in the address that it tells.
    const whole = 'rtsp://192.0.2.1/live?user=a&password=b'
    expect(addressToAdd(whole, found('rtsp://192.0.2.1/live?user=a&password=***'))).toBe(whole)
  })
})
