import type { Imported } from '../api/import'
import type { ImportFile, InventoryApi } from '../api/inventory'
import type { Problem } from '../api/result'

export type ImportPhase =
  | { readonly kind: 'empty' }
  | { readonly kind: 'reading' }
  /** What would be added. */
  | { readonly kind: 'read'; readonly imported: Imported }
  | { readonly kind: 'writing'; readonly imported: Imported }
  | { readonly kind: 'written'; readonly imported: Imported }
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** Larger than the server takes. */
  | { readonly kind: 'tooLarge' }

/** What the server takes. */
const maxBytes = 4_000_000

/** Cameras from another system's file: shown before they are added. */
export class ImportState {
  readonly #api: InventoryApi
  #call = new AbortController()
  // It may have passwords in it: kept while the dialog is open, and nowhere else.
  #file: ImportFile | null = null
  #phase = $state.raw<ImportPhase>({ kind: 'empty' })

  constructor(api: InventoryApi) {
    this.#api = api
  }

  get phase(): ImportPhase {
    return this.#phase
  }

  async read(file: Pick<File, 'name' | 'size' | 'text'>): Promise<void> {
    this.close()
    if (file.size > maxBytes) {
      this.#phase = { kind: 'tooLarge' }
      return
    }
    this.#call = new AbortController()
    const { signal } = this.#call
    this.#phase = { kind: 'reading' }
    const content = await file.text()
    if (signal.aborted) return
    this.#file = { name: file.name, content }
    const result = await this.#api.importFile(this.#file, false, signal)
    if (result.kind === 'ok') this.#phase = { kind: 'read', imported: result.value }
    if (result.kind === 'error') this.#phase = { kind: 'failed', problem: result.problem }
  }

  /** Adds what was shown. Tells whether at least one camera was added. */
  async write(): Promise<boolean> {
    if (this.#phase.kind !== 'read' || this.#file === null) return false
    this.#phase = { kind: 'writing', imported: this.#phase.imported }
    const result = await this.#api.importFile(this.#file, true, this.#call.signal)
    if (result.kind === 'error') this.#phase = { kind: 'failed', problem: result.problem }
    if (result.kind !== 'ok') return false
    this.#file = null
    this.#phase = { kind: 'written', imported: result.value }
    return result.value.cameras.some((camera) => camera.added)
  }

  /** Ends what is on its way, and forgets the file. */
  close(): void {
    this.#call.abort()
    this.#file = null
    this.#phase = { kind: 'empty' }
  }
}
