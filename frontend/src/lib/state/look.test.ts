import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, later, problem, type Answer } from '../../testing/answers'
import { recorder } from '../../testing/devices'
import { TurnTable } from './turn-table'
import { DeviceLook } from './look.svelte'

const address = 'http://192.0.2.1/onvif/device_service'
const signIn = { user: 'admin', password: 'secret' }

let revoked: ReturnType<typeof vi.fn<(url: string) => void>>

beforeEach(() => {
  let count = 0
  URL.createObjectURL = vi.fn(() => `blob:${++count}`)
  revoked = vi.fn<(url: string) => void>()
  URL.revokeObjectURL = revoked
})

function looking(answer: Answer) {
  const server = answers(answer)
  const onAdded = vi.fn()
  return { ...server, onAdded, look: new DeviceLook({ api: server.api, turns: new TurnTable(2), target: { address }, onAdded }) }
}

/** A device that wants a password for all. */
const guarded: Answer = ({ what, body }) => {
  if ((body as { password?: string }).password !== 'secret') return problem(424, 'unauthorized')
  if (what.endsWith('/picture')) return new Response('jpeg')
  return what.endsWith('/describe') ? Response.json(recorder(16)) : Response.json({ device: {}, cameras: [{ id: 'a' }, { id: 'b' }] }, { status: 201 })
}

describe('DeviceLook', () => {
  it('asks for a password only when the device does, and adds what was chosen', async () => {
    const { look, asked, onAdded } = looking(guarded)
    expect(look.look.kind).toBe('unasked')
    await look.ask()
    expect(look.look).toEqual({ kind: 'password', refused: null })
    await look.ask({ user: 'admin', password: 'wrong' })
    expect(look.look).toMatchObject({ kind: 'password', refused: { code: 'unauthorized' } })
    await look.ask(signIn)
    expect(look.look).toMatchObject({ kind: 'described', description: { kind: 'recorder' } })
    await look.ask()
    expect(asked).toHaveLength(3)
    for (const channel of look.channels.slice(2)) look.choose(channel, false)
    expect(await look.add('Yard')).toBe(true)
    expect(asked[3]).toMatchObject({ what: 'POST /api/v1/devices', body: { address, sources: ['V1', 'V2'], name: 'Yard', ...signIn } })
    expect(onAdded).toHaveBeenCalledOnce()
    // The password was used; from now on there is none.
    expect(look.signedIn).toBe(false)
    await look.ask()
    expect(asked[4]?.body).toEqual({ address })
  })

  it('chooses what has a picture until the person says otherwise', async () => {
    const { look } = looking((one) => (one.what.endsWith('/picture') && (one.body as { source: string }).source === 'V2' ? problem(424, 'no_video') : guarded(one)))
    await look.ask(signIn)
    // The last one of the recorder has no profile that can play.
    expect(look.chosen).toHaveLength(15)
    await Promise.all(look.channels.slice(0, 3).map(({ source }) => look.show(source)))
    const [first, second] = look.channels
    if (first === undefined || second === undefined) throw new Error('no channels')
    expect([look.hasPicture(first), look.hasPicture(second), look.chosen.length]).toEqual([true, false, 14])
    look.choose(second, true)
    look.choose(first, false)
    expect([look.isChosen(first), look.isChosen(second), look.chosen.length]).toEqual([false, true, 14])
    for (const channel of look.channels) look.choose(channel, false)
    expect(await look.add()).toBe(false)
  })

  it('adds the one channel of a camera whether it has a picture now or not', async () => {
    const one = { ...recorder(2), channels: recorder(2).channels.slice(0, 1) }
    const { look, asked } = looking(({ what }) => (what.endsWith('/describe') ? Response.json(one) : what.endsWith('/picture') ? problem(424, 'silence') : Response.json({ device: {}, cameras: [] })))
    await look.ask()
    await look.show('V1')
    expect(await look.add()).toBe(true)
    expect(asked.at(-1)?.body).toEqual({ address, sources: ['V1'] })
  })

  it('keeps the sign-in after an adding that failed', async () => {
    let full = true
    const { look } = looking((one) => (one.what.endsWith('/devices') && full ? problem(507, 'storage') : guarded(one)))
    await look.ask(signIn)
    expect(await look.add()).toBe(false)
    expect(look.addProblem).toMatchObject({ code: 'storage' })
    full = false
    expect(await look.add()).toBe(true)
    expect(look.addProblem).toBeNull()
  })

  it('fetches each picture once, two at a time at most', async () => {
    const waiting: ReturnType<typeof later>[] = []
    const { look, asked } = looking((one) => {
      if (!one.what.endsWith('/picture')) return guarded(one)
      const picture = later()
      waiting.push(picture)
      return picture.answer
    })
    await look.ask(signIn)
    void look.show('V1')
    void look.show('V1')
    void look.show('V2')
    void look.show('V3')
    await vi.waitFor(() => expect(waiting).toHaveLength(2))
    expect(look.picture('V1')).toEqual({ kind: 'asking' })
    waiting[0]?.give(new Response('jpeg'))
    await vi.waitFor(() => expect(look.picture('V1')).toEqual({ kind: 'picture', url: 'blob:1' }))
    waiting[1]?.give(problem(424, 'no_video'))
    await vi.waitFor(() => expect(look.picture('V2')).toMatchObject({ kind: 'none', problem: { code: 'no_video' } }))
    await vi.waitFor(() => expect(waiting).toHaveLength(3))
    expect(asked[1]?.body).toEqual({ address, source: 'V1', ...signIn })
  })

  it('asks for a sign-in when the description is free and the pictures are not', async () => {
    const { look } = looking(({ what }) => (what.endsWith('/describe') ? Response.json(recorder(2)) : problem(424, 'unauthorized')))
    await look.ask()
    expect(look.look.kind).toBe('described')
    await look.show('V1')
    expect(look.look).toEqual({ kind: 'password', refused: null })
  })

  it('says why a device cannot be asked, and asks again', async () => {
    let away = true
    const { look } = looking((one) => (away ? problem(424, 'dial_timeout') : guarded(one)))
    await look.ask()
    expect(look.look).toMatchObject({ kind: 'failed', problem: { code: 'dial_timeout' } })
    away = false
    await look.ask(signIn)
    expect(look.look.kind).toBe('described')
  })

  it('ends what is on its way and forgets pictures and sign-in when it is closed', async () => {
    const never = later()
    const { look, asked } = looking((one) => (one.what.endsWith('/picture') && (one.body as { source: string }).source === 'V2' ? never.answer : guarded(one)))
    await look.ask(signIn)
    await look.show('V1')
    void look.show('V2')
    await vi.waitFor(() => expect(asked).toHaveLength(3))
    look.close()
    expect(asked[2]?.signal.aborted).toBe(true)
    expect(revoked).toHaveBeenCalledWith('blob:1')
    expect(look.signedIn).toBe(false)
    expect(look.picture('V1')).toBeUndefined()
  })
})
