import { describe, expect, it } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { ImportState } from './import.svelte'

const file = (content: string, size = content.length) => ({ name: 'cameras.csv', size, text: () => Promise.resolve(content) })

function importing(answer: Answer) {
  const server = answers(answer)
  return { ...server, state: new ImportState(server.api) }
}

const told: Answer = ({ body }) => Response.json({
  format: 'csv', left: [{ from: 'line 3', why: 'no address' }],
  cameras: [{ id: 'gate', name: 'Gate', streams: { main: 'rtsp://192.0.2.1/' }, added: (body as { write: boolean }).write }],
})

describe('ImportState', () => {
  it('shows what it would add, and adds it when told to', async () => {
    const { state, asked } = importing(told)
    expect(await state.write()).toBe(false)
    await state.read(file('name,url'))
    expect(state.phase).toMatchObject({ kind: 'read', imported: { format: 'csv', cameras: [{ id: 'gate', added: false }], left: [{ from: 'line 3' }] } })
    expect(await state.write()).toBe(true)
    expect(state.phase).toMatchObject({ kind: 'written', imported: { cameras: [{ added: true }] } })
    expect(asked.map((one) => one.body)).toEqual([
      { name: 'cameras.csv', content: 'name,url', write: false }, { name: 'cameras.csv', content: 'name,url', write: true },
    ])
    expect(await state.write()).toBe(false)
  })

  it('says why a file cannot be read, and takes no huge one', async () => {
    const { state, asked } = importing(() => problem(400, 'bad_request'))
    await state.read(file('x'))
    expect(state.phase).toMatchObject({ kind: 'failed', problem: { code: 'bad_request' } })
    await state.read(file('x', 5_000_000))
    expect(state.phase).toEqual({ kind: 'tooLarge' })
    expect(asked).toHaveLength(1)
  })

  it('forgets the file when it is closed', async () => {
    const { state, asked } = importing(told)
    await state.read(file('x'))
    state.close()
    expect(state.phase).toEqual({ kind: 'empty' })
    expect(await state.write()).toBe(false)
    expect(asked).toHaveLength(1)
  })
})
