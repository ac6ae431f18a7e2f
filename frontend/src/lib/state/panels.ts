export const panelCounts = [1, 4, 9, 16] as const

export type Panels = (typeof panelCounts)[number]

/** The query that says so, with everything else that was in it. */
export function queryWithPanels(query: string, panels: Panels): string {
  const parameters = new URLSearchParams(query)
  parameters.set('panels', String(panels))
  return `?${parameters.toString()}`
}

/** What the page's address says: the choice outlives a reload and can be bookmarked. */
export function panelsFromQuery(query: string): Panels | null {
  const wanted = new URLSearchParams(query).get('panels')
  return panelCounts.find((count) => String(count) === wanted) ?? null
}

/** The fewest that hold so many cameras, or the most that there are. */
export function panelsFor(cameras: number): Panels {
  return panelCounts.find((count) => count >= cameras) ?? 16
}

/** The query of another page: what was chosen on this one goes, the wall comes; empty is none. */
export function queryForWall(query: string, wall: string): string {
  const kept = new URLSearchParams(query)
  kept.delete('wall')
  kept.delete('panels')
  if (wall !== '') kept.set('wall', wall)
  const rest = kept.toString()
  return rest === '' ? '' : `?${rest}`
}
