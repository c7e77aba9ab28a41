import { type FieldModel, type FormulaDependent, formulaDependents } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { releaseCache } from '../query/release-cache.ts'
import type { Release } from '../schema/release.ts'
import { deferRecalculation } from './defer-recalculation.ts'
import { leadsTo } from './leads-to.ts'
import { recomputeRecords } from './recompute-records.ts'
import type { TouchedRecords } from './touched.ts'

/** Formulas read formulas ten levels deep at most, and each level may lead to another object. */
const MOST_ROUNDS = 20

/** More records than this are left to a job. */
const MOST_AT_ONCE = 1000

const dependents = releaseCache<ReturnType<typeof formulaDependents>>('formula-dependents', 1)

/** The stored formulas that read records of an object. */
function dependentsOf(release: Release, object: string): readonly FormulaDependent[] {
  const all = dependents(release).get('all', () => formulaDependents(release.model))
  return all.get(object) ?? []
}

/** Formulas of records of one object that are to be computed anew. */
interface Stale {
  fields: Set<FieldModel>
  ids: Set<string>
}
type StaleByObject = Map<string, Stale>

/**
 * Computes stored formulas anew that read what was written: those of other records, and of the records themselves
 * where no save of theirs has done so. What reads those in turn follows.
 *
 * @returns what changed
 */
export async function recomputeFormulas(
  context: WriteContext,
  { changes, states }: TouchedRecords,
): Promise<RecordChange[]> {
  const all: RecordChange[] = []
  let stale: StaleByObject = new Map()
  // A save computes the formulas of its own record.
  await addChanged(context, stale, changes, ({ hops }) => hops.length > 0)
  for (const { object, ids, emptied } of states) {
    const isStale = ({ hops, reads }: FormulaDependent): boolean =>
      emptied === undefined ? hops.length > 0 : reads.has(emptied.field)
    await addStale(context, stale, { object, ids, isStale })
  }
  for (let round = 0; stale.size > 0; round += 1) {
    if (round === MOST_ROUNDS) throw new Error(`Formulas did not settle in ${MOST_ROUNDS} rounds`)
    const changed = await recomputeRound(context, stale)
    all.push(...changed)
    stale = new Map()
    await addChanged(context, stale, changed, ({ hops }) => hops.length > 0)
  }
  return all
}

/** One object after the other, in the order of their names. */
async function recomputeRound(
  context: WriteContext,
  stale: StaleByObject,
): Promise<RecordChange[]> {
  const changed: RecordChange[] = []
  for (const [name, { fields, ids }] of [...stale].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const object = context.release.model.objects.get(name)
    if (object) changed.push(...(await recomputeRecords(context, object, { fields, ids })))
  }
  return changed
}

async function addChanged(
  context: WriteContext,
  stale: StaleByObject,
  changes: readonly RecordChange[],
  isMeant: (dependent: FormulaDependent) => boolean,
): Promise<void> {
  const updates = changes.filter(({ op }) => op === 'update')
  for (const [object, some] of Map.groupBy(updates, (change) => change.object.name)) {
    for (const dependent of dependentsOf(context.release, object).filter(isMeant)) {
      const ids = some
        .filter((change) => changedFields(change).some((name) => dependent.reads.has(name)))
        .map(({ id }) => id)
      const isStale = (one: FormulaDependent): boolean => one === dependent
      await addStale(context, stale, { object, ids, isStale })
    }
  }
}

/** Records that were written, and which formulas over them are stale now. */
interface Written {
  object: string
  ids: readonly string[]
  isStale: (dependent: FormulaDependent) => boolean
}

async function addStale(
  context: WriteContext,
  stale: StaleByObject,
  { object, ids, isStale }: Written,
): Promise<void> {
  if (ids.length === 0) return
  for (const { field, hops } of dependentsOf(context.release, object).filter(isStale)) {
    const reached = hops.length === 0 ? ids : await findReferring(context, field, { hops, ids })
    if (reached.length > MOST_AT_ONCE) {
      await deferRecalculation(context, { field, hops, ids })
      continue
    }
    if (reached.length === 0) continue
    const one = stale.get(field.object) ?? { fields: new Set(), ids: new Set() }
    stale.set(field.object, one)
    one.fields.add(field)
    for (const id of reached) one.ids.add(id)
  }
}

/**
 * The records of a formula's object from which references lead to these; deleted ones too, which may come back. Of more
 * than are computed at once, one more.
 */
async function findReferring(
  { tx, release }: WriteContext,
  { object }: FieldModel,
  { hops, ids }: { hops: readonly FieldModel[]; ids: readonly string[] },
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    sql`select id from ${release.physical.table(object)} where ${leadsTo(release, hops, ids)} limit ${sql`${MOST_AT_ONCE + 1}`}`,
  )
  return rows.map(({ id }) => id)
}
