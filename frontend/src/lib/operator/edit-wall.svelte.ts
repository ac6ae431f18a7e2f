import type { Problem } from '../api/result'
import type { Wall, WallsApi, WallPage, WallTile } from '../api/walls'
import type { Change } from './wall-change'
import { flawOf, type Flaw } from './wall-check'
import { nameFor } from './wall-layout'

export interface EditWallConfig {
  readonly api: WallsApi
  readonly wall: Wall
  /** It is not on the server yet. */
  readonly fresh: boolean
}

/** What became of saving. */
export type Saving =
  | { readonly kind: 'rest' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'saved' }
  /** Somebody else has changed it: theirs, or null when they have removed it. */
  | { readonly kind: 'conflict'; readonly theirs: Wall | null }
  | { readonly kind: 'flaw'; readonly flaw: Flaw }
  | { readonly kind: 'problem'; readonly problem: Problem }

/** So many steps back. */
const mostSteps = 200

/** One wall in the hands of a person: each change can be taken back, and nothing is on the server before it is saved. */
export class EditWall {
  readonly #api: WallsApi
  readonly #end = new AbortController()
  /** As the server knows it. */
  #base = $state.raw<Wall>() as Wall
  #fresh = $state(false)
  #steps = $state.raw<readonly Wall[]>([])
  #at = $state(0)
  #page = $state(0)
  #moment = $state(0)
  #saving = $state.raw<Saving>({ kind: 'rest' })

  constructor({ api, wall, fresh }: EditWallConfig) {
    this.#api = api
    this.#base = wall
    this.#fresh = fresh
    this.#steps = [wall]
  }

  readonly wall: Wall = $derived(this.#steps[this.#at] ?? this.#base)

  /** The place of the page that is edited, from 0. */
  readonly page: number = $derived(Math.min(this.#page, this.wall.pages.length - 1))

  readonly tiles: readonly WallTile[] = $derived(this.wall.pages[this.page]?.tiles ?? [])

  /** Whether Save would change anything on the server. */
  readonly dirty: boolean = $derived(this.#fresh || JSON.stringify(plain(this.wall)) !== JSON.stringify(plain(this.#base)))

  readonly canUndo: boolean = $derived(this.#at > 0)
  readonly canRedo: boolean = $derived(this.#at < this.#steps.length - 1)

  get saving(): Saving {
    return this.#saving
  }

  /** It is new: nobody else can know it. */
  get fresh(): boolean {
    return this.#fresh
  }

  get pageOf(): WallPage | undefined {
    return this.wall.pages[this.page]
  }

  /** Another number after each change and each turn of the page: places of tiles mean the same within one moment only. */
  get moment(): number {
    return this.#moment
  }

  turnTo(page: number): void {
    this.#page = Math.max(0, Math.min(page, this.wall.pages.length - 1))
    this.#moment++
  }

  /** Tells whether the wall could be changed so. */
  apply(change: Change): boolean {
    const next = change(this.wall)
    if (next === null) return false
    const kept = this.#steps.slice(Math.max(0, this.#at + 1 - mostSteps), this.#at + 1)
    this.#steps = [...kept, next]
    this.#at = kept.length
    this.#settle()
    return true
  }

  undo(): boolean {
    if (!this.canUndo) return false
    this.#at--
    this.#settle()
    return true
  }

  redo(): boolean {
    if (!this.canRedo) return false
    this.#at++
    this.#settle()
    return true
  }

  /** Writes it as it is now. Tells whether the server has it so. */
  async save(): Promise<boolean> {
    if (this.#saving.kind === 'busy') return false
    const wall = this.wall
    const flaw = flawOf(wall)
    if (flaw !== null) {
      this.#saving = { kind: 'flaw', flaw }
      return false
    }
    this.#saving = { kind: 'busy' }
    const { signal } = this.#end
    const answer = this.#fresh ? await this.#api.make(wall, signal) : await this.#api.replace(wall, this.#base.revision, signal)
    switch (answer.kind) {
      case 'ok':
        this.#take(wall, answer.value)
        return true
      case 'aborted':
        this.#saving = { kind: 'rest' }
        return false
      case 'error':
        // A wall that somebody has removed meanwhile is told as one that was changed.
        if (answer.problem.status === 412 || answer.problem.status === 404 || answer.problem.status === 428) await this.#conflict(answer.problem)
        else this.#saving = { kind: 'problem', problem: answer.problem }
        return false
      default:
        return answer satisfies never
    }
  }

  /** After a conflict: what they have made goes on, what was done here is left. */
  takeTheirs(): void {
    if (this.#saving.kind !== 'conflict' || this.#saving.theirs === null) return
    const { theirs } = this.#saving
    this.#base = theirs
    this.#fresh = false
    this.#steps = [...this.#steps.slice(0, this.#at + 1), theirs]
    this.#at = this.#steps.length - 1
    this.#settle()
  }

  /** After a conflict: what was done here replaces theirs. */
  keepMine(): Promise<boolean> {
    if (this.#saving.kind !== 'conflict') return Promise.resolve(false)
    const { theirs } = this.#saving
    this.#fresh = theirs === null
    if (theirs !== null) this.#base = theirs
    this.#saving = { kind: 'rest' }
    return this.save()
  }

  /** After a conflict of a new wall: it is saved beside theirs. */
  keepBoth(taken: readonly string[]): Promise<boolean> {
    this.#fresh = true
    this.apply((wall) => ({ ...wall, name: nameFor(wall.title || wall.name, taken), revision: 0 }))
    return this.save()
  }

  /** As it is on the server. */
  discard(): void {
    this.#steps = [this.#base]
    this.#at = 0
    this.#settle()
  }

  close(): void {
    this.#end.abort()
  }

  async #conflict(problem: Problem): Promise<void> {
    const theirs = await this.#api.get(this.wall.name, this.#end.signal)
    if (theirs.kind === 'ok') this.#saving = { kind: 'conflict', theirs: theirs.value }
    else if (theirs.kind === 'error' && theirs.problem.status === 404) this.#saving = { kind: 'conflict', theirs: null }
    else this.#saving = { kind: 'problem', problem: theirs.kind === 'error' ? theirs.problem : problem }
  }

  /** Steps stay, so that what was saved can be taken back, too. */
  #take(sent: Wall, saved: Wall): void {
    this.#base = saved
    this.#fresh = false
    this.#steps = this.#steps.map((step) => (step === sent ? saved : step))
    this.#saving = { kind: 'saved' }
  }

  #settle(): void {
    if (this.#saving.kind !== 'busy') this.#saving = { kind: 'rest' }
    this.turnTo(this.#page)
  }
}

/** What of a wall is a person's doing. */
function plain({ title, columns, rows, pages }: Wall): unknown {
  return { title, columns, rows, pages }
}
