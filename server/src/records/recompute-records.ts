import type { FieldModel, ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { deriveValues } from './derive-values.ts'
import { holdRecords } from './hold-records.ts'
import { loadParents } from './load-parents.ts'
import { type FieldExpression, savePlanOf } from './save-plan.ts'
import { writeComputed } from './write-record.ts'

/**
 * Computes stored formulas of records anew, and those of the same records that read them. The records are locked
 * first and read in a later statement, so that what they are made of is as it is now.
 *
 * @returns what changed
 */
export async function recomputeRecords(
  context: WriteContext,
  object: ObjectModel,
  asked: { fields: ReadonlySet<FieldModel>; ids: Iterable<string> },
): Promise<RecordChange[]> {
  const held = await holdRecords(context, object, [...asked.ids].toSorted())
  const { derived, formulas } = savePlanOf(context.release, object)
  const meant = withFollowing(derived, asked.fields)
  const inputs = meant.flatMap(({ field }) => field.formula?.inputs ?? [])
  const parent = await loadParents(context, {
    object,
    records: [...held.values()].map(({ values }) => values),
    paths: [...new Set(inputs)].filter((path) => path.includes('.')),
    which: 'all',
  })
  const around = { actor: context.actor, now: context.now, parent, formulas }
  const changes = [...held.values()].map((record): RecordChange => {
    const after = { ...record.values }
    const change = { object, id: record.id, before: record, after, given: new Set<string>() }
    return { ...change, op: 'update', isSystem: true }
  })
  for (const change of changes) deriveValues(meant, change, around)
  const changed = changes.filter((change) => changedFields(change).length > 0)
  const rows = changed.map(({ id, after }) => ({ id, values: after }))
  await writeComputed(
    context,
    object.name,
    meant.map(({ field }) => field),
    rows,
  )
  return changed
}

/** Formulas and those that read them, in their order. */
function withFollowing(
  derived: readonly FieldExpression[],
  fields: ReadonlySet<FieldModel>,
): FieldExpression[] {
  const names = new Set(Array.from(fields, ({ name }) => name))
  return derived.filter(({ field }) => {
    const isMeant =
      names.has(field.name) || field.formula?.inputs.some((input) => names.has(input)) === true
    if (isMeant) names.add(field.name)
    return isMeant
  })
}
