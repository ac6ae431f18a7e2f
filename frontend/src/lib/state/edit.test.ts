import { describe, expect, it } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { camera } from '../../testing/cameras'
import { device } from '../../testing/devices'
import { EditState } from './edit.svelte'

const gate = camera(1, { name: 'Gate', user: 'admin' })

function editing(answer: Answer) {
  const server = answers(answer)
  return { ...server, edit: new EditState({ api: server.api, camera: gate, device: device('nvr', { revision: 4, cameras: ['cam1', 'cam2'] }) }) }
}

describe('EditState', () => {
  it('saves what differs, and forgets the password', async () => {
    const { edit, asked } = editing(() => Response.json({ ...gate, name: 'Door', revision: 2 }))
    edit.form.name = 'Door'
    edit.form.password = 'secret'
    expect(await edit.save()).toBe(true)
    expect(asked).toMatchObject([{ what: 'PATCH /api/v1/cameras/cam1', body: { name: 'Door', user: 'admin', password: 'secret' }, headers: { 'If-Match': '"1"' } }])
    expect(edit.form.password).toBe('')
    expect(edit.camera).toMatchObject({ name: 'Door', revision: 2 })
  })

  it('asks nobody when nothing differs', async () => {
    const { edit, asked } = editing(() => undefined)
    expect(await edit.save()).toBe(true)
    expect(asked).toEqual([])
  })

  it('shows what somebody else has made of it, and saves on top of that', async () => {
    const theirs = { ...gate, name: 'Theirs', revision: 5 }
    const { edit, asked } = editing(({ what, headers }) => {
      if (what.startsWith('GET')) return Response.json(theirs)
      return headers['If-Match'] === '"5"' ? Response.json({ ...theirs, name: 'Mine', revision: 6 }) : problem(412, 'conflict')
    })
    edit.form.name = 'Mine'
    expect(await edit.save()).toBe(false)
    expect(edit.conflict).toBe(true)
    expect(edit.form.name).toBe('Theirs')
    edit.form.name = 'Mine'
    expect(await edit.save()).toBe(true)
    expect(edit.conflict).toBe(false)
    expect(asked.map((one) => one.what.split(' ')[0])).toEqual(['PATCH', 'GET', 'PATCH'])
  })

  it('says when it was removed meanwhile, also between the two', async () => {
    const { edit } = editing(() => problem(404, 'not_found'))
    edit.form.name = 'x'
    expect(await edit.save()).toBe(false)
    expect(edit.gone).toBe(true)
    const second = editing(({ what }) => (what.startsWith('GET') ? problem(404, 'not_found') : problem(412, 'conflict')))
    second.edit.form.name = 'x'
    expect(await second.edit.save()).toBe(false)
    expect(second.edit.gone).toBe(true)
  })

  it('hands on what the server refuses', async () => {
    const { edit } = editing(() => problem(409, 'not_editable'))
    edit.form.name = 'x'
    expect(await edit.save()).toBe(false)
    expect(edit.problem).toMatchObject({ code: 'not_editable' })
    expect(edit.saving).toBe(false)
  })

  it('gives a password to the whole device when asked to', async () => {
    const { edit, asked } = editing(({ what }) => (what.includes('devices') ? Response.json({ id: 'nvr' }) : Response.json(gate)))
    edit.form.password = 'secret'
    edit.wholeDevice = true
    expect(await edit.save()).toBe(true)
    expect(asked).toMatchObject([{ what: 'PATCH /api/v1/devices/nvr', body: { user: 'admin', password: 'secret' }, headers: { 'If-Match': '"4"' } }])
  })

  it('forgets the password when it is closed', () => {
    const { edit } = editing(() => undefined)
    edit.form.password = 'secret'
    edit.close()
    expect(edit.form.password).toBe('')
  })
})
