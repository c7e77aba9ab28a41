import type {
  AggregatePage,
  AggregateQuery,
  BatchRequest,
  BatchResult,
  BinPage,
  HistoryPage,
  ListQuery,
  Overview,
  PreviewResponse,
  RecordAsOf,
  RecordPage,
  SearchResponse,
  TimelineEntry,
  WireRecord,
} from '@trellis/metamodel'

import { apiUrl, get, post, request, tellChanged } from './http.ts'

/** Field API names to values as they are written: references as ids. */
export type Values = Record<string, unknown>

const at = (object: string, ...rest: string[]): string =>
  ['/records', object, ...rest.map(encodeURIComponent)].join('/')

/** One page of a list; the next one is asked with its `next_cursor`. */
export function listRecords(
  object: string,
  query: ListQuery,
  signal?: AbortSignal,
): Promise<RecordPage> {
  return post(at(object, 'query'), { body: query, signal })
}

export function loadRecord(object: string, id: string, signal?: AbortSignal): Promise<WireRecord> {
  return get(at(object, id), { signal })
}

/** How a save goes on. */
export interface SaveOptions {
  /** The person knows of the likely twins that a duplicate rule warned of. */
  allowDuplicates?: boolean
}

const saveQuery = ({ allowDuplicates }: SaveOptions): { allow_duplicates?: string } =>
  allowDuplicates === true ? { allow_duplicates: 'true' } : {}

/** @throws ApiError 409 with `matches` if there may be such a record already, 422 with every failure */
export function createRecord(
  object: string,
  values: Values,
  options: SaveOptions = {},
): Promise<WireRecord> {
  return post(at(object), { body: values, query: saveQuery(options) })
}

/**
 * Changes some fields. With the version that the change is based on, a stale one is refused.
 * @throws ApiError 412 with the current `record`, 422 with every failure, 423 if an approval locks it.
 */
export async function updateRecord(
  object: string,
  id: string,
  change: { values: Values; version?: number | undefined } & SaveOptions,
): Promise<WireRecord> {
  const { values, version } = change
  const query = saveQuery(change)
  const options = { body: values, ifMatch: version, query }
  const { data } = await request<WireRecord>('PATCH', at(object, id), options)
  tellChanged(object, id)
  return data
}

/** To the recycle bin; `restoreRecord` brings it back. */
export async function deleteRecord(object: string, id: string): Promise<void> {
  await request('DELETE', at(object, id))
}

export function restoreRecord(object: string, id: string): Promise<WireRecord> {
  return post(at(object, id, 'restore'))
}

/** Which records give way to another one, and what it takes from them. */
export interface MergeChoice {
  /** The version of the record that stays. */
  version: number | undefined
  merge: readonly { id: string; version: number }[]
  /** Fields whose value comes from one of those, by its id. */
  fields: Readonly<Record<string, string>>
}

/** Makes one record of two or three; answers the one that is left. */
export function mergeRecords(
  object: string,
  id: string,
  { version, merge, fields }: MergeChoice,
): Promise<WireRecord> {
  return post(at(object, id, 'merge'), { body: { merge, fields }, ifMatch: version })
}

/** Up to 2,000 changes in one call; the results come in the order given. */
export async function batchRecords(object: string, batch: BatchRequest): Promise<BatchResult[]> {
  const { results } = await post<{ results: BatchResult[] }>(at(object, 'batch'), { body: batch })
  return results
}

export function aggregateRecords(
  object: string,
  query: AggregateQuery,
  signal?: AbortSignal,
): Promise<AggregatePage> {
  return post(at(object, 'aggregate'), { body: query, signal })
}

/** The 360° view in one response. */
export function loadOverview(object: string, id: string, signal?: AbortSignal): Promise<Overview> {
  return get(at(object, id, 'overview'), { signal })
}

export interface RelatedQuery {
  object: string
  id: string
  relationship: string
  limit?: number
  cursor?: string
}

export function loadRelated(query: RelatedQuery, signal?: AbortSignal): Promise<RecordPage> {
  const { object, id, relationship, limit, cursor } = query
  return get(at(object, id, 'related', relationship), { query: { limit, cursor }, signal })
}

export interface TimelinePage {
  entries: TimelineEntry[]
  next_cursor: string | null
}

export function loadTimeline(object: string, id: string, cursor?: string): Promise<TimelinePage> {
  return get(at(object, id, 'timeline'), { query: { cursor } })
}

export function loadHistory(object: string, id: string, cursor?: string): Promise<HistoryPage> {
  return get(at(object, id, 'history'), { query: { cursor } })
}

/** A record as it was at a moment, as far as its history tells. */
export function loadAsOf(
  object: string,
  id: string,
  moment: string,
  signal?: AbortSignal,
): Promise<RecordAsOf> {
  return get(at(object, id, 'as-of'), { query: { at: moment }, signal })
}

/** What is in the recycle bin of an object, deleted last first. */
export function loadBin(object: string, cursor?: string): Promise<BinPage> {
  return get(at(object, 'bin'), { query: { cursor } })
}

/** Removes a record from the recycle bin for good. */
export async function eraseRecord(object: string, id: string): Promise<void> {
  await post(at(object, id, 'erase'))
}

/** Takes the personal data out of a record that stays; nothing brings them back. */
export function erasePersonalData(
  object: string,
  id: string,
  version: number,
): Promise<WireRecord> {
  return post(at(object, id, 'erase-personal-data'), { ifMatch: version })
}

/** A dry run of an update: computed values, defaults and every failure; nothing is saved. */
export function previewRecord(
  object: string,
  id: string,
  change: { values: Values; signal?: AbortSignal },
): Promise<PreviewResponse> {
  return post(at(object, id, 'preview'), { body: change.values, signal: change.signal })
}

/** Records of all objects, or of some, by name and other searchable fields. */
export function searchRecords(
  q: string,
  objects?: readonly string[],
  signal?: AbortSignal,
): Promise<SearchResponse> {
  return get('/search', { query: { q, objects: objects?.join(',') }, signal })
}

/** The value behind a mask; counted, and written to the audit log. @throws ApiError 403, and 429 after the quota */
export async function revealValue(object: string, id: string, field: string): Promise<unknown> {
  const { value } = await post<{ value: unknown }>(at(object, id, 'actions', 'reveal'), {
    body: { field },
  })
  return value
}

/** The address of a print view. */
export function printUrl(object: string, id: string, template: string): string {
  return apiUrl(at(object, id, 'print', template))
}
