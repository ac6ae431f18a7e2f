import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { tick } from 'svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers, problem, type Answer } from '../../testing/answers'
import { camera, cameras } from '../../testing/cameras'
import { openDialogs } from '../../testing/dialogs'
import { wall, wallTile } from '../../testing/walls'
import { WallsApi, type Wall } from '../../lib/api/walls'
import type { Asks } from '../../lib/state/route.svelte'
import { operatorEn as m } from '../../lib/messages/operator-en'
import EditWall from './EditWall.svelte'
import NewWall from './NewWall.svelte'
import Walls from './Walls.svelte'

beforeEach(openDialogs)
afterEach(cleanup)

const press = (key: string, more: object = {}): Promise<boolean> => fireEvent.keyDown(document.activeElement as Element, { key, ...more })
const calls = (answer: Answer) => {
  const server = answers(answer)
  return { config: { fetch: server.fetch, timeoutMs: 1000 }, asked: server.asked }
}

describe('a new wall', () => {
  async function make(arrange: () => Promise<void>): Promise<Wall> {
    const made: Wall[] = []
    render(NewWall, { m, cameras: [...cameras(5), camera(6, { disabled: true })], taken: ['front-door'], onmake: (one: Wall) => made.push(one), onclose: () => undefined })
    await arrange()
    await fireEvent.submit(document.querySelector('form') as HTMLFormElement)
    return made[0] as Wall
  }

  it('has four tiles and the cameras in order unless told otherwise, and an address of its own', async () => {
    const made = await make(async () => {
      await fireEvent.input(screen.getByRole('textbox'), { target: { value: 'Front Door' } })
      expect(screen.getByText('its address: /wall/front-door-2', { exact: false })).toBeTruthy()
    })
    expect(made).toMatchObject({ name: 'front-door-2', title: 'Front Door', columns: 2, rows: 2, revision: 0 })
    expect(made.pages.map(({ tiles }) => tiles.flatMap(({ cameras: ids }) => ids).join(' '))).toEqual(['cam1 cam2 cam3 cam4', 'cam5'])
  })

  it('takes a preset, or columns and rows, with empty tiles', async () => {
    const preset = await make(async () => {
      await fireEvent.click(screen.getByLabelText('1 large, 5 small'))
      await fireEvent.click(screen.getByRole('checkbox'))
    })
    expect([preset.columns, preset.pages.length, preset.pages[0]?.tiles.length, preset.pages[0]?.tiles[0]?.cameras]).toEqual([3, 1, 6, []])
    cleanup()
    const free = await make(async () => {
      await fireEvent.click(screen.getByLabelText(m.free))
      await fireEvent.input(screen.getByLabelText(m.columns), { target: { value: '5' } })
    })
    expect([free.columns, free.rows, free.pages[0]?.tiles.length]).toEqual([5, 2, 10])
  })
})

describe('the walls', () => {
  const walls = [wall('hall', 1, 1, []), wall('file', 1, 1, [], { provisioned: true, title: 'From file' })]
  function show(answer: Answer = () => new Response(null, { status: 204 })) {
    const { config, asked } = calls(answer)
    const did: string[] = []
    render(Walls, {
      m, walls, api: new WallsApi(config), shown: 'hall', onopen: (name: string | null) => did.push(`open ${name ?? '*'}`), onedit: ({ name }: Wall) => did.push(`edit ${name}`),
      oncopy: ({ name }: Wall) => did.push(`copy ${name}`), onnew: () => did.push('new'), onchanged: () => did.push('changed'), onclose: () => did.push('close'),
    })
    return { did, asked }
  }

  it('can be shown, edited, copied; those of camwall.yaml only copied', async () => {
    const { did } = show()
    expect(screen.getByRole('button', { name: 'hall' }).getAttribute('aria-current')).toBe('page')
    for (const name of [m.allCameras, 'From file', 'Edit hall', 'Copy of hall', 'Copy of From file', m.newWall]) await fireEvent.click(screen.getByRole('button', { name }))
    expect(did).toEqual(['open *', 'open file', 'edit hall', 'copy hall', 'copy file', 'new'])
    expect(screen.queryByRole('button', { name: 'Edit From file' })).toBeNull()
    expect(screen.queryByRole('button', { name: 'Remove From file' })).toBeNull()
    expect(screen.getByText(m.fromFileWhy)).toBeTruthy()
  })

  it('are removed when it was meant so', async () => {
    const { did, asked } = show()
    await fireEvent.click(screen.getByRole('button', { name: 'Remove hall' }))
    expect(asked).toEqual([])
    await fireEvent.click(screen.getByRole('button', { name: m.cancel }))
    await fireEvent.click(screen.getByRole('button', { name: 'Remove hall' }))
    await fireEvent.click(screen.getByRole('button', { name: m.remove }))
    await vi.waitFor(() => expect(did).toEqual(['changed']))
    expect(asked.map(({ what, headers }) => [what, headers['If-Match']])).toEqual([['DELETE /api/v1/walls/hall', '"1"']])
  })

  it.each([[412, m.conflict], [507, m.troubles.storage]])('say why they are not: %d', async (status, words) => {
    show(() => problem(status, status === 507 ? 'storage' : 'conflict'))
    await fireEvent.click(screen.getByRole('button', { name: 'Remove hall' }))
    await fireEvent.click(screen.getByRole('button', { name: m.remove }))
    expect((await screen.findByRole('alert')).textContent).toBe(words)
  })
})

describe('the editor of a wall', () => {
  const hall = wall('hall', 2, 2, [wallTile(0, 0, ['cam1']), wallTile(1, 0, ['cam2'])], { revision: 3 })

  function show(answer: Answer = ({ body }) => Response.json({ ...(body as Wall), name: 'hall', revision: 4 }), start = hall, fresh = false) {
    const { config, asked } = calls(answer)
    const did: string[] = []
    render(EditWall, {
      m, api: new WallsApi(config), wall: start, fresh, cameras: cameras(4), taken: ['hall'],
      onsaved: ({ name, revision }: Wall) => did.push(`saved ${name} ${revision}`), onclose: () => did.push('closed'),
      guard: (asks: Asks) => {
        leads = asks
        return () => (leads = null)
      },
    })
    const grid = screen.getByRole('toolbar', { name: m.grid })
    grid.getBoundingClientRect = () => new DOMRect(0, 0, 200, 200)
    const places = (): string[] => [...grid.querySelectorAll('button')].map((button) => button.getAttribute('aria-label') ?? '')
    return { did, asked, grid, places }
  }
  let leads: Asks | null = null
  const said = (): string | null | undefined => document.querySelector('.how ~ .heard')?.textContent
  const pointer = async (on: EventTarget, name: string, x: number, y: number): Promise<void> => {
    const event = new MouseEvent(name, { bubbles: true, clientX: x, clientY: y })
    Object.defineProperty(event, 'pointerId', { value: 1 })
    await fireEvent(on as Element, event)
  }
  const drag = async (from: Element, x: number, y: number): Promise<void> => {
    await pointer(from, 'pointerdown', 10, 10)
    await pointer(window, 'pointermove', 60, 60)
    await pointer(window, 'pointermove', x, y)
    await pointer(window, 'pointerup', x, y)
  }

  it('has the keyboard on its first tile, which arrows move, and tells what happens', async () => {
    const { places } = show()
    expect(document.activeElement?.getAttribute('aria-label')).toBe('1 Camera 1, column 1, row 1')
    await press('Enter')
    expect(said()).toContain('picked up')
    expect(document.activeElement?.getAttribute('aria-pressed')).toBe('true')
    await press('ArrowDown')
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toBe('Free, make a tile, column 1, row 2'))
    await press('Enter')
    expect(said()).toBe('1 Camera 1 is now at column 1, row 2.')
    expect(places()).toEqual(['1 Camera 1, column 1, row 2', '2 Camera 2, column 2, row 1', 'Free, make a tile, column 1, row 1', 'Free, make a tile, column 2, row 2'])
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toBe('1 Camera 1, column 1, row 2'))
    await press('z', { ctrlKey: true })
    expect(said()).toBe('Undone.')
    expect(places()[0]).toBe('1 Camera 1, column 1, row 1')
    await press('Z', { ctrlKey: true, shiftKey: true })
    expect(places()[0]).toBe('1 Camera 1, column 1, row 2')
  })

  it('moves a tile that is dragged, and pulls its corner', async () => {
    const { grid, places } = show()
    await drag(grid.querySelector('[data-tile="0"]') as Element, 150, 150)
    expect(places()[0]).toBe('1 Camera 1, column 2, row 2')
    await drag(grid.querySelectorAll('.corner')[1] as Element, 190, 50)
    expect(places()[1]).toBe('2 Camera 2, column 2, row 1')
    await drag(grid.querySelector('[data-tile="1"]') as Element, 20, 20)
    await drag(grid.querySelectorAll('.corner')[1] as Element, 20, 150)
    expect(places()[1]).toBe('2 Camera 2, column 1, row 1, 1 by 2 cells')
    await drag(grid.querySelector('[data-tile="1"]') as Element, 900, 20)
    expect(places()[1]).toBe('2 Camera 2, column 1, row 1, 1 by 2 cells')
  })

  it('takes a camera from the list by dragging, clicking and typing its number', async () => {
    const { places } = show()
    await drag(document.querySelector('[data-camera=cam3]') as Element, 150, 150)
    expect(places()).toContain('3 Camera 3, column 2, row 2')
    await fireEvent.click(screen.getByRole('button', { name: '1 Camera 1, column 1, row 1' }))
    await fireEvent.click(document.querySelector('[data-camera=cam4]') as Element)
    expect(places()[0]).toBe('4 Camera 4, column 1, row 1')
    screen.getByRole('button', { name: '2 Camera 2, column 2, row 1' }).focus()
    await press('1')
    await press('Enter')
    expect(places()[1]).toBe('1 Camera 1, column 2, row 1')
  })

  it('changes what a tile is like, its cameras too', async () => {
    const { asked } = show()
    await fireEvent.change(screen.getByLabelText(m.fit), { target: { value: 'cover' } })
    await fireEvent.change(screen.getByLabelText(/^Text/), { target: { value: ' Door ' } })
    await fireEvent.click(screen.getByLabelText(m.overlays.clock))
    await fireEvent.change(screen.getByLabelText(m.addCamera), { target: { value: 'cam3' } })
    await fireEvent.change(screen.getByLabelText(m.dwellCameras, { exact: false }), { target: { value: '7' } })
    await fireEvent.change(screen.getByLabelText(m.cropFields.width, { exact: false }), { target: { value: '50' } })
    await fireEvent.click(screen.getByRole('button', { name: m.save }))
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    expect((asked[0]?.body as Wall).pages[0]?.tiles[0]).toMatchObject({
      fit: 'cover', text: 'Door', cameras: ['cam1', 'cam3'], dwell: 7, crop: { x: 0, y: 0, width: 0.5, height: 1 }, overlay: { number: true, clock: true },
    })
  })

  it('has pages that are added, named, moved and removed', async () => {
    const { asked, did } = show()
    await fireEvent.click(screen.getByRole('button', { name: m.addPage }))
    await fireEvent.change(screen.getByLabelText(m.pageTitle), { target: { value: 'Night' } })
    await fireEvent.change(screen.getByLabelText(m.pageDwell, { exact: false }), { target: { value: '20' } })
    await fireEvent.click(screen.getByRole('button', { name: m.pageBefore }))
    await press('s', { ctrlKey: true })
    await vi.waitFor(() => expect(did).toEqual(['saved hall 4', 'closed']))
    expect((asked[0]?.body as Wall).pages.map(({ title, dwell, tiles }) => [title, dwell, tiles.length])).toEqual([['Night', 20, 0], ['', 0, 2]])
    expect(asked[0]?.headers['If-Match']).toBe('"3"')
  })

  it('takes another layout, and says when there is no room', async () => {
    const { places } = show()
    await fireEvent.change(screen.getByLabelText(m.layout), { target: { value: '1+5' } })
    expect(places().slice(0, 2)).toEqual(['1 Camera 1, column 1, row 1, 2 by 2 cells', '2 Camera 2, column 3, row 1'])
    await fireEvent.change(screen.getByLabelText(m.columns), { target: { value: '99' } })
    expect(said()).toBe(m.cannot)
    expect(screen.getByLabelText<HTMLInputElement>(m.columns).valueAsNumber).toBe(3)
  })

  it('asks before it throws anything away', async () => {
    const { did } = show()
    await press('Delete')
    await press('Escape')
    expect(screen.getByRole('alertdialog')).toBeTruthy()
    await fireEvent.click(screen.getByRole('button', { name: m.cancel }))
    expect(did).toEqual([])
    await fireEvent.click(screen.getByRole('button', { name: m.discard }))
    await fireEvent.click(screen.getAllByRole('button', { name: m.discard })[1] as Element)
    expect(did).toEqual(['closed'])
  })

  it('asks before something else leads away, and goes there when it is meant so', async () => {
    const { did } = show()
    expect(leads?.(() => did.push('away'))).toBe(false)
    await press('Delete')
    expect(leads?.(() => did.push('away'))).toBe(true)
    await tick()
    expect(screen.getByRole('alertdialog').contains(document.activeElement)).toBe(true)
    await fireEvent.click(screen.getByRole('button', { name: m.cancel }))
    expect([screen.queryByRole('alertdialog'), did]).toEqual([null, []])
    // The keyboard is not lost with the question.
    expect(document.activeElement?.closest('[role=toolbar]')).not.toBeNull()
    leads?.(() => did.push('away'))
    await tick()
    await fireEvent.click(screen.getAllByRole('button', { name: m.discard })[1] as Element)
    expect(did).toEqual(['closed', 'away'])
    cleanup()
    expect(leads).toBeNull()
  })

  it('ends a drag when a key changes the wall under it', async () => {
    const { grid, places } = show()
    await pointer(grid.querySelector('[data-tile="1"]') as Element, 'pointerdown', 150, 50)
    await pointer(window, 'pointermove', 150, 150)
    await fireEvent.click(screen.getByRole('button', { name: m.removeTile }))
    await pointer(window, 'pointermove', 20, 150)
    await pointer(window, 'pointerup', 20, 150)
    expect(places()[0]).toBe('1 Camera 1, column 1, row 1')
    expect(document.querySelector('.ghost')).toBeNull()
  })

  it('closes at once when nothing was changed', async () => {
    const { did } = show()
    await press('Escape')
    expect(did).toEqual(['closed'])
  })

  it('asks whose wall is to stay', async () => {
    let puts = 0
    const { did } = show(({ what, body }) => (what.startsWith('GET') ? Response.json({ ...hall, title: 'theirs', revision: 8 }) : ++puts === 1 ? problem(412, 'conflict') : Response.json({ ...(body as Wall), name: 'hall', revision: 9 })))
    await press('Delete')
    await fireEvent.click(screen.getByRole('button', { name: m.save }))
    expect((await screen.findByRole('alert')).textContent).toContain(m.conflict)
    expect(screen.getByRole('button', { name: m.takeTheirs })).toBeTruthy()
    await fireEvent.click(screen.getByRole('button', { name: m.keepMine }))
    await vi.waitFor(() => expect(did).toEqual(['saved hall 9', 'closed']))
  })

  it('saves a new wall beside one that somebody made meanwhile', async () => {
    const { did } = show(({ what, body }) => (what === 'PUT /api/v1/walls/hall' ? problem(412, 'conflict') : what.startsWith('GET') ? Response.json(hall) : Response.json({ ...(body as Wall), name: 'hall-2', revision: 1 })), { ...hall, revision: 0 }, true)
    await fireEvent.click(screen.getByRole('button', { name: m.save }))
    await fireEvent.click(await screen.findByRole('button', { name: m.keepBoth }))
    await vi.waitFor(() => expect(did).toEqual(['saved hall-2 1', 'closed']))
  })
})
