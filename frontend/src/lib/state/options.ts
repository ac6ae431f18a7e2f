import { chooseLanguage, type Language } from '../messages/language'
import { panelsFromQuery, type Panels } from './panels'

/** How far away people stand, and how much larger text over pictures is then. */
const distances: ReadonlyMap<string, number> = new Map([['desk', 1], ['2', 1.4], ['4', 2], ['8', 3]])

/** In bits a second: what the server takes, and what a picture now and then needs. */
const [leastBudget, mostBudget] = [10_000, 1e12]

/** What the page's address says beside which page it is. */
export interface Options {
  readonly panels: Panels | null
  /** At most so many bits a second; 0: what the way bears. */
  readonly budget: number
  readonly language: Language | null
  /** How much larger text over pictures is. */
  readonly overlay: number
  /** How pictures are to come. */
  readonly prefer: 'auto' | 'jpeg'
}

export function optionsFrom(query: string): Options {
  const said = new URLSearchParams(query)
  const megabits = Number(said.get('budget'))
  const language = said.get('lang')
  return {
    panels: panelsFromQuery(query),
    budget: Number.isFinite(megabits) && megabits > 0 ? Math.min(Math.max(Math.round(megabits * 1e6), leastBudget), mostBudget) : 0,
    language: language === null || language === '' ? null : chooseLanguage([language]),
    overlay: distances.get(said.get('distance') ?? '') ?? 1,
    prefer: said.get('format') === 'jpeg' ? 'jpeg' : 'auto',
  }
}
