export const panelCounts = [1, 4, 9] as const

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
