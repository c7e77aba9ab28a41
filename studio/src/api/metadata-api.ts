import type {
  ChangeSet,
  ChangeSetItem,
  FormulaTrial,
  Kind,
  Plan,
  WireDrift,
  WireRelease,
  WirePublish,
  WirePublished,
  WireTestRun,
} from '@trellis/metamodel'
import { get, post, request } from '@trellis/runtime-ui/api'

/** The calls for metadata that only the studio makes (api.md, "Metadata"). */

/** A component as it is live, with the layer that it comes from. */
export interface WireComponent {
  kind: Kind
  name: string
  definition: unknown
  layer: string
  patched: boolean
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

/** Gives an object or a field another name, everywhere, in a change set. */
export async function renameComponent(
  changeSet: string,
  { kind, name }: { kind: Kind; name: string },
  to: string,
): Promise<void> {
  const path = `/meta/changesets/${changeSet}/rename/${kind}/${encodeURIComponent(name)}`
  await post(path, { body: { to } })
}

/** In what the tables of the database differ from the metadata. */
export async function listDrift(signal?: AbortSignal): Promise<WireDrift[]> {
  return (await get<{ drift: WireDrift[] }>('/meta/drift', { signal })).drift
}

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

/** Runs the tests of a change set, or of what is live; nothing is left of them. */
export function runTests(changeSet: string | undefined): Promise<WireTestRun> {
  return post('/meta/tests', { body: changeSet === undefined ? {} : { change_set: changeSet } })
}

/**
 * Makes a change set live, or begins to: where tables are large it goes on in steps, and `publish` tells how far it is.
 * @throws ApiError 409 `stale_release` if the base moved under it and both touch the same item, `conflict` if another
 *   publish is under way.
 */
export function publishChangeSet(id: string, label: string): Promise<WirePublished> {
  return post(`/meta/changesets/${id}/publish`, { body: label === '' ? {} : { label } })
}

/** The publish that goes on in steps, if there is one. */
export async function loadPublishUnderWay(signal?: AbortSignal): Promise<WirePublish | null> {
  return (await get<{ publish: WirePublish | null }>('/meta/publishes', { signal })).publish
}

/** A publish in steps, and how far it is. */
export function loadPublish(id: string, signal?: AbortSignal): Promise<WirePublish> {
  return get(`/meta/publishes/${id}`, { signal })
}

/** Goes on with a publish that has halted. */
export function resumePublish(id: string): Promise<WirePublish> {
  return post(`/meta/publishes/${id}/resume`)
}

/** Calls a publish off that is not live yet. */
export function abortPublish(id: string): Promise<WirePublish> {
  return post(`/meta/publishes/${id}/abort`)
}

/** All releases, newest first. */
export async function listReleases(signal?: AbortSignal): Promise<WireRelease[]> {
  const { releases } = await get<{ releases: WireRelease[] }>('/meta/releases', { signal })
  return releases.toSorted((a, b) => b.release - a.release)
}

/** Makes a new release that says what an older one said, or begins to. */
export function rollBack(release: number): Promise<WirePublished> {
  return post(`/meta/releases/${release}/rollback`)
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

/** A formula as a field would have it. */
export interface FormulaToTry {
  object: string
  formula: string
  result: string
  blanks?: string
  scale?: number
}

/** What a formula yields on some records that the reader may see. */
export function tryFormula(
  changeSet: string,
  formula: FormulaToTry,
  signal?: AbortSignal,
): Promise<FormulaTrial> {
  return post(`/meta/changesets/${changeSet}/check-formula`, { body: formula, signal })
}
