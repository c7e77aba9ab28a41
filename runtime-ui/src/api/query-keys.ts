import type { QueryClient } from '@tanstack/vue-query'

/**
 * Under which key each kind of answer is cached. Everything about the records of an object begins with
 * `['records', object]`, so that one call makes all of it stale.
 */
export const queryKeys = {
  object: (object: string) => ['records', object] as const,
  list: (object: string, query: unknown) => ['records', object, 'list', query] as const,
  aggregate: (object: string, query: unknown) => ['records', object, 'aggregate', query] as const,
  record: (object: string, id: string) => ['records', object, 'one', id] as const,
  overview: (object: string, id: string) => ['records', object, 'overview', id] as const,
  shares: (object: string, id: string) => ['records', object, 'shares', id] as const,
  timeline: (object: string, id: string) => ['records', object, 'timeline', id] as const,
  history: (object: string, id: string) => ['records', object, 'history', id] as const,
  asOf: (object: string, id: string, moment: string) =>
    ['records', object, 'as-of', id, moment] as const,
  bin: (object: string) => ['records', object, 'bin'] as const,
  duplicateSearches: (object: string) => ['duplicates', object] as const,
  duplicateGroups: (search: string) => ['duplicates', 'groups', search] as const,
  duplicateRecords: (object: string, search: string, pages: number) =>
    ['records', object, 'duplicates', search, pages] as const,
  apps: () => ['apps'] as const,
  approvals: (box: string) => ['approvals', box] as const,
  approval: (id: string) => ['approvals', 'one', id] as const,
  imports: (id: string) => ['imports', id] as const,
}

/** Makes everything stale that may show records: a write may change parents, lists, sums and dashboards. */
export function invalidateRecords(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ['records'] })
}

export function invalidateApprovals(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ['approvals'] })
}
