import { canonicalJson, isKind, type RawComponent } from '@trellis/metamodel'

import { createChangeSet, saveEdit } from './change-sets.ts'
import { loadHead } from './component-store.ts'
import { filesOf } from './install-package.ts'
import { flatten } from './layers.ts'
import { loadLayers } from './load-layers.ts'
import type { PackageFiles } from './package-files.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { problemsError } from './publish-failures.ts'

/** How a package is taken in. */
export interface OpenPackageOrder {
  label: string
  /** Whether components in force that the package does not have are to go: the tenant becomes what the package is. */
  removesOthers: boolean
  by: string
  now: Date
}

/**
 * Makes a change set of a package: what it has that is not in force, or is otherwise. Nothing is in force before the
 * change set is published; its plan says what that does.
 * @returns the id of the change set
 * @throws RequestError invalid_metadata if a file of the package cannot be read as a component
 */
export async function openPackage(
  { db, schema }: PublishTarget,
  files: PackageFiles,
  order: OpenPackageOrder,
): Promise<string> {
  if (files.problems.length > 0) throw problemsError(files.problems, filesOf([files]))
  return db.inTransaction(async (tx) => {
    const { release } = await loadHead(tx, schema)
    const current = flatten(await loadLayers(tx, schema, release))
    const set = await createChangeSet(tx, schema, { ...order, release })
    for (const edit of editsTo(current, files.components, order)) {
      await saveEdit(tx, schema, set.id, edit, order.now)
    }
    return set.id
  })
}

function editsTo(
  current: readonly RawComponent[],
  wanted: readonly RawComponent[],
  { removesOthers }: OpenPackageOrder,
): (RawComponent & { op: 'put' | 'delete' })[] {
  const keyOf = ({ kind, name }: RawComponent): string => `${kind} ${name}`
  const inForce = new Map(current.map((one) => [keyOf(one), canonicalJson(one.definition)]))
  const kept = new Set(wanted.map(keyOf))
  const put = wanted
    .filter((one) => inForce.get(keyOf(one)) !== canonicalJson(one.definition))
    .map((one) => ({ ...one, op: 'put' as const }))
  if (!removesOthers) return put
  const removed = current
    .filter((one) => isKind(one.kind) && !kept.has(keyOf(one)))
    .map((one) => ({ ...one, op: 'delete' as const }))
  return [...put, ...removed]
}
