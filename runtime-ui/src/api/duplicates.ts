import type { DuplicateGroupPage, DuplicateSearch, DuplicateSearchList } from '@trellis/metamodel'

import { get, post } from './http.ts'

/** The last searches of an object for duplicates, the newest first, and the rules it may be searched by. */
export function listDuplicateSearches(
  object: string,
  signal?: AbortSignal,
): Promise<DuplicateSearchList> {
  return get('/duplicate-searches', { query: { object }, signal })
}

/** @throws ApiError 409 while one of the object is under way */
export function startDuplicateSearch(
  object: string,
  rule: string | undefined,
): Promise<DuplicateSearch> {
  return post('/duplicate-searches', { body: rule === undefined ? { object } : { object, rule } })
}

/** Records that may be about the same thing, the most alike first. */
export function loadDuplicateGroups(
  search: string,
  page: { limit: number; cursor: string | undefined },
  signal?: AbortSignal,
): Promise<DuplicateGroupPage> {
  return get(`/duplicate-searches/${search}/groups`, { query: page, signal })
}

/** Says that the records of a group are about different things. */
export async function dismissDuplicateGroup(search: string, group: string): Promise<void> {
  await post(`/duplicate-searches/${search}/groups/${group}/dismiss`)
}
