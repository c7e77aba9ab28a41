import type { ChangeSet, ChangeSetItem, Kind, Plan, WireRelease } from '@trellis/metamodel'
import { apiUrl, get, post, request } from '@trellis/runtime-ui/api'

/** The calls for metadata that only the studio makes (api.md, "Metadata"). */

/** A component as it is live, with the layer that it comes from. */
export interface WireComponent {
  kind: Kind
  name: string
  definition: unknown
  layer: string
}

/** Everything live of one kind, as authored. */
export async function loadComponents(kind: Kind, signal?: AbortSignal): Promise<WireComponent[]> {
  const { components } = await get<{ components: WireComponent[] }>(`/meta/${kind}`, { signal })
  return components.map((component) => ({ ...component, kind }))
}

/** A change set in a list: without its items. */
export type ChangeSetSummary = Omit<ChangeSet, 'items' | 'problems'>

export async function listChangeSets(signal?: AbortSignal): Promise<ChangeSetSummary[]> {
  const { change_sets: found } = await get<{ change_sets: ChangeSetSummary[] }>(
    '/meta/changesets',
    { signal },
  )
  return found
}

export function loadChangeSet(id: string, signal?: AbortSignal): Promise<ChangeSet> {
  return get(`/meta/changesets/${id}`, { signal })
}

/** A new, empty set of edits. */
export function createChangeSet(label?: string): Promise<ChangeSet> {
  return post('/meta/changesets', { body: label === undefined ? {} : { label } })
}

export async function discardChangeSet(id: string): Promise<void> {
  await request('DELETE', `/meta/changesets/${id}`)
}

const item = (id: string, kind: Kind, name: string): string =>
  `/meta/changesets/${id}/${kind}/${encodeURIComponent(name)}`

export interface ItemAt {
  changeSet: string
  kind: Kind
  name: string
}

/** Puts one definition; answers with what is wrong with it. */
export async function putItem(at: ItemAt, definition: unknown): Promise<ChangeSetItem> {
  const path = item(at.changeSet, at.kind, at.name)
  return (await request<ChangeSetItem>('PUT', path, { body: definition })).data
}

/** The change set will remove the component. */
export async function deleteItem(at: ItemAt): Promise<void> {
  await request('DELETE', item(at.changeSet, at.kind, at.name))
}

/** The change set leaves the component alone again. */
export async function dropItem(at: ItemAt): Promise<void> {
  await request('DELETE', item(at.changeSet, at.kind, at.name), { query: { undo: 1 } })
}

/** What publishing would do; nothing is changed. */
export function planChangeSet(id: string): Promise<Plan> {
  return post(`/meta/changesets/${id}/plan`)
}

/**
 * Makes a change set live.
 * @throws ApiError 409 if the base moved under it and both touch the same item.
 */
export async function publishChangeSet(id: string, label: string): Promise<number> {
  const body = label === '' ? {} : { label }
  const { release } = await post<{ release: number }>(`/meta/changesets/${id}/publish`, { body })
  return release
}

/** All releases, newest first. */
export async function listReleases(signal?: AbortSignal): Promise<WireRelease[]> {
  const { releases } = await get<{ releases: WireRelease[] }>('/meta/releases', { signal })
  return releases.toSorted((a, b) => b.release - a.release)
}

/** Makes a new release that says what an older one said. */
export async function rollBack(release: number): Promise<number> {
  const answer = await post<{ release: number }>(`/meta/releases/${release}/rollback`)
  return answer.release
}

/** A component that refers to another, and at which places. */
export interface Use {
  kind: string
  name: string
  path: string
}

export async function loadWhereUsed(
  kind: Kind,
  name: string,
  signal?: AbortSignal,
): Promise<Use[]> {
  const { uses } = await get<{ uses: Use[] }>(
    `/meta/where-used/${kind}/${encodeURIComponent(name)}`,
    { signal },
  )
  return uses
}

/** Existing records at which a condition is true now. */
export interface RuleCount {
  /** Null where they cannot be counted: the condition reads a field that is not published yet. */
  count: number | null
  samples: { id: string; name: string | null }[]
}

export function countFailing(
  changeSet: string,
  rule: { object: string; error_if: unknown },
  signal?: AbortSignal,
): Promise<RuleCount> {
  return post(`/meta/changesets/${changeSet}/check-rule`, { body: rule, signal })
}

/** The address of the whole app as files, a zip. */
export function packageUrl(): string {
  return apiUrl('/meta/package')
}
