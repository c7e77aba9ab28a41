import type { ChangeSet, Kind, WireConflict, WirePatch } from '@trellis/metamodel'
import { apiUrl, get, post, request } from '@trellis/runtime-ui/api'

/** The calls for packages: out, in, and what an upgrade left to decide. */

/** The address of the whole metadata as files, a zip. */
export function packageUrl(): string {
  return apiUrl('/meta/package')
}

/** How a package is taken in. */
export interface PackageOrder {
  file: File
  label: string
  /** What becomes of components that the package does not have. */
  others: 'keep' | 'remove'
}

/** Makes a change set of a package. @throws ApiError 422 with each file that is no component. */
export async function sendPackage({ file, label, others }: PackageOrder): Promise<ChangeSet> {
  const form = new FormData()
  form.set('label', label)
  form.set('others', others)
  form.set('file', file)
  return (await request<ChangeSet>('POST', '/meta/package', { form })).data
}

/** What a package and the customer have both changed. */
export async function loadConflicts(signal?: AbortSignal): Promise<WireConflict[]> {
  const { conflicts } = await get<{ conflicts: WireConflict[] }>('/meta/conflicts', { signal })
  return conflicts
}

/** What the customer has changed of a component of a package. */
export async function loadPatches(
  kind: string,
  name: string,
  signal?: AbortSignal,
): Promise<WirePatch[]> {
  const path = `/meta/${kind}/${encodeURIComponent(name)}`
  return (await get<{ patches: WirePatch[] }>(path, { signal })).patches
}

/** Decides every conflict of one component, in a change set. */
export async function settleConflicts(
  changeSet: string,
  { kind, name }: { kind: string; name: string },
  choices: Readonly<Record<string, 'mine' | 'theirs'>>,
): Promise<void> {
  const path = `/meta/changesets/${changeSet}/settle/${kind}/${encodeURIComponent(name)}`
  await post(path, { body: { choices } })
}

/** Puts the vendor's definition into a change set. */
export async function resetComponent(changeSet: string, kind: Kind, name: string): Promise<void> {
  const path = `/meta/changesets/${changeSet}/${kind}/${encodeURIComponent(name)}`
  await request('DELETE', path, { query: { reset: true } })
}
