import { describe, expect, it } from 'vitest'
import { answers, later, problem, type Answer } from '../../testing/answers'
import { wall, wallTile } from '../../testing/walls'
import { WallsApi, type Wall } from '../api/walls'
import { EditWall } from './edit-wall.svelte'
import { addPage, putCamera, removePage, setTitle } from './wall-change'

const hall = wall('hall', 2, 1, [wallTile(0, 0, ['a']), wallTile(1, 0, ['b'])], { revision: 3 })

function editor(answer: Answer = () => Response.json({ ...hall, revision: 4 }), but: { wall?: Wall; fresh?: boolean } = {}) {
  const server = answers(answer)
  const edit = new EditWall({ api: new WallsApi({ fetch: server.fetch, timeoutMs: 1000 }), wall: hall, fresh: false, ...but })
  return { edit, asked: server.asked }
}

const camera = (edit: EditWall): string | undefined => edit.tiles[0]?.cameras[0]

describe('EditWall', () => {
  it('takes each change back, and does it again', () => {
    const { edit } = editor()
    expect([edit.dirty, edit.canUndo, edit.undo(), edit.redo()]).toEqual([false, false, false, false])
    for (const id of ['x', 'y', 'z']) expect(edit.apply(putCamera(0, 0, id))).toBe(true)
    expect(edit.apply(putCamera(0, 0, 'z'))).toBe(false)
    edit.undo()
    edit.undo()
    expect([camera(edit), edit.dirty, edit.canRedo]).toEqual(['x', true, true])
    edit.redo()
    expect(camera(edit)).toBe('y')
    edit.apply(putCamera(0, 0, 'w'))
    expect([camera(edit), edit.canRedo]).toEqual(['w', false])
    while (edit.undo());
    expect([camera(edit), edit.dirty]).toEqual(['a', false])
  })

  it('has many steps, but not without end', () => {
    const { edit } = editor()
    for (let n = 0; n < 300; n++) edit.apply(setTitle(`t${n}`))
    let steps = 0
    while (edit.undo()) steps++
    expect(steps).toBe(200)
    expect(edit.wall.title).toBe('t99')
  })

  it('stays on a page that there is', () => {
    const { edit } = editor()
    edit.apply(addPage(0))
    edit.turnTo(1)
    expect([edit.page, edit.tiles.length]).toEqual([1, 0])
    edit.apply(removePage(1))
    expect(edit.page).toBe(0)
    edit.undo()
    edit.turnTo(99)
    expect([edit.page, edit.pageOf?.tiles.length]).toEqual([1, 0])
  })

  it('saves what it has, for the revision that it read, and can go on', async () => {
    const sent: Wall[] = []
    const { edit, asked } = editor(({ body }) => {
      sent.push(body as Wall)
      return Response.json({ ...(body as Wall), name: 'hall', revision: 3 + sent.length })
    })
    edit.apply(putCamera(0, 0, 'x'))
    expect(await edit.save()).toBe(true)
    expect([edit.saving.kind, edit.dirty, camera(edit)]).toEqual(['saved', false, 'x'])
    edit.undo()
    expect([camera(edit), edit.dirty]).toEqual(['a', true])
    await edit.save()
    expect(asked.map(({ headers }) => headers['If-Match'])).toEqual(['"3"', '"4"'])
    expect(sent.map((one) => one.pages[0]?.tiles[0]?.cameras)).toEqual([['x'], ['a']])
  })

  it('keeps what is changed while it is being saved', async () => {
    const { answer, give } = later()
    const { edit } = editor(() => answer)
    edit.apply(putCamera(0, 0, 'x'))
    const saving = edit.save()
    expect(await edit.save()).toBe(false)
    edit.apply(putCamera(0, 0, 'y'))
    give(Response.json({ ...hall, pages: [{ title: '', dwell: 0, tiles: [wallTile(0, 0, ['x']), wallTile(1, 0, ['b'])] }], revision: 4 }))
    await saving
    expect([camera(edit), edit.dirty]).toEqual(['y', true])
  })

  it('asks whose wall is to stay when somebody else has changed it', async () => {
    const theirs = wall('hall', 1, 1, [wallTile(0, 0, ['theirs'])], { revision: 9 })
    let puts = 0
    const { edit, asked } = editor(({ what }) => (what.startsWith('GET') ? Response.json(theirs) : ++puts === 1 ? problem(412, 'conflict') : Response.json({ ...hall, revision: 10 })))
    edit.apply(putCamera(0, 0, 'mine'))
    expect(await edit.save()).toBe(false)
    expect(edit.saving).toEqual({ kind: 'conflict', theirs })
    expect(camera(edit)).toBe('mine')
    expect(await edit.keepMine()).toBe(true)
    expect(asked.at(-1)?.headers['If-Match']).toBe('"9"')
  })

  it('goes on with theirs, and what was done here is one step back', async () => {
    const theirs = wall('hall', 1, 1, [wallTile(0, 0, ['theirs'])], { revision: 9 })
    const { edit } = editor(({ what }) => (what.startsWith('GET') ? Response.json(theirs) : problem(412, 'conflict')))
    edit.apply(putCamera(0, 0, 'mine'))
    await edit.save()
    edit.takeTheirs()
    expect([camera(edit), edit.dirty, edit.saving.kind]).toEqual(['theirs', false, 'rest'])
    edit.undo()
    expect(camera(edit)).toBe('mine')
  })

  it('can make a wall anew that somebody else has removed', async () => {
    let puts = 0
    const { edit, asked } = editor(({ what }) => (what.startsWith('GET') ? problem(404, 'not_found') : ++puts === 1 ? problem(412, 'conflict') : Response.json({ ...hall, revision: 1 })))
    edit.apply(setTitle('x'))
    await edit.save()
    expect(edit.saving).toEqual({ kind: 'conflict', theirs: null })
    edit.takeTheirs()
    expect(edit.saving.kind).toBe('conflict')
    expect(await edit.keepMine()).toBe(true)
    expect(asked.at(-1)?.headers).toMatchObject({ 'If-None-Match': '*' })
  })

  it('never writes a new wall over one of the same name', async () => {
    const { edit, asked } = editor(({ what }) => (what.endsWith('/hall') ? (what.startsWith('GET') ? Response.json(hall) : problem(412, 'conflict')) : Response.json({ ...hall, name: 'hall-2', revision: 1 })), { fresh: true })
    expect([edit.dirty, edit.fresh]).toEqual([true, true])
    expect(await edit.save()).toBe(false)
    expect(edit.saving.kind).toBe('conflict')
    expect(await edit.keepBoth(['hall'])).toBe(true)
    expect(edit.wall.name).toBe('hall-2')
    expect(asked.at(-1)?.what).toBe('PUT /api/v1/walls/hall-2')
    expect([edit.fresh, edit.dirty]).toEqual([false, false])
  })

  it('says what the server would not take before it asks', async () => {
    const { edit, asked } = editor()
    edit.apply((now) => ({ ...now, title: 'x'.repeat(101) }))
    expect(await edit.save()).toBe(false)
    expect(edit.saving).toEqual({ kind: 'flaw', flaw: { kind: 'title' } })
    expect(asked).toEqual([])
    edit.undo()
    expect(edit.saving.kind).toBe('rest')
  })

  it.each([[409, 'not_editable'], [507, 'storage']])('hands on %d', async (status, code) => {
    const { edit } = editor(() => problem(status, code))
    edit.apply(setTitle('x'))
    expect(await edit.save()).toBe(false)
    expect(edit.saving).toMatchObject({ kind: 'problem', problem: { code } })
    expect(edit.dirty).toBe(true)
  })

  it('is put back, and ends what is under way', async () => {
    const { answer } = later()
    const { edit, asked } = editor(() => answer)
    edit.apply(setTitle('x'))
    const saving = edit.save()
    edit.close()
    expect(await saving).toBe(false)
    expect(asked[0]?.signal.aborted).toBe(true)
    edit.discard()
    expect([edit.dirty, edit.canUndo, edit.wall]).toEqual([false, false, hall])
  })
})
