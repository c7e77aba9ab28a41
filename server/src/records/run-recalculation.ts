import { type FieldModel, isRollUp, type ObjectModel, resolveFieldPath } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { systemContext } from '../access/system-context.ts'
import { hasOtherCurrency } from '../conditions/compile-roll-up.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { Release } from '../schema/release.ts'
import { followingRollUps } from './follow-roll-ups.ts'
import { leadsTo } from './leads-to.ts'
import { recomputeRecords } from './recompute-records.ts'
import { rollUpRecords } from './roll-up-records.ts'
import { SAVE_LOCK_TIMEOUT_MS } from './save-transaction.ts'

/** What a recalculation needs of the house. */
export interface RecalculationGround {
  readonly db: Context['db']
  readonly currentModel: { readonly release: Release }
}

/** So many records are computed in one transaction. */
const CHUNK = 500

interface StoredRecalculation {
  object: string
  field: string
  hops: string[]
  records: string[]
  after: string | null
  startedBy: string
}

/**
 * Computes a stored formula, or a roll-up of converted amounts, of many records anew, in the order of their ids, some in each transaction: whatever comes
 * between, it goes on behind the last one that is done. What is made of it in turn follows.
 *
 * @returns `again` if the server is about to stop
 */
export async function runRecalculation(
  ground: RecalculationGround,
  id: string,
  signal: AbortSignal,
): Promise<'done' | 'again'> {
  while (!signal.aborted) {
    const isDone = await ground.db.inTransaction((tx) => runChunk(ground, tx, id), {
      lockTimeoutMs: SAVE_LOCK_TIMEOUT_MS,
    })
    if (isDone) return 'done'
  }
  return 'again'
}

async function runChunk(
  { db, currentModel }: RecalculationGround,
  tx: WriteContext['tx'],
  id: string,
): Promise<boolean> {
  const { release } = currentModel
  const table = release.physical.systemTable('_recalculation')
  const [stored] = await tx.query<StoredRecalculation>(sql`
    select object, field, hops, records, after, started_by as "startedBy" from ${table} where id = ${id}::uuid for update`)
  if (!stored) return true
  const context = { ...systemContext(db, release, stored.startedBy, 'system'), tx }
  const found = findComputed(release, stored)
  const ids = found ? await nextRecords(context, found, stored) : []
  if (found && ids.length > 0) {
    await followingRollUps(
      context,
      async (inside) => inside.touched.addChanges(await recompute(inside, found, ids)),
      { isSystem: true },
    )
  }
  const isDone = ids.length < CHUNK
  await tx.execute(
    isDone
      ? sql`delete from ${table} where id = ${id}::uuid`
      : sql`update ${table} set after = ${ids.at(-1)}::uuid where id = ${id}::uuid`,
  )
  return isDone
}

/** A formula and the way to what it reads, or a roll-up of amounts that are converted. */
interface Computed {
  object: ObjectModel
  field: FieldModel
  hops: readonly FieldModel[]
}

/** The field, if the release in force still has it: a newer one has computed it anew as it was published. */
function findComputed({ model }: Release, stored: StoredRecalculation): Computed | undefined {
  const object = model.objects.get(stored.object)
  const field = object?.fields.get(stored.field)
  const way = object && resolveFieldPath(model.objects, object, [...stored.hops, 'id'].join('.'))
  const isKept = field?.formula !== undefined && field.isVirtual !== true
  if (!object || !field || !way || !(isKept || field.rollUp?.isConverted)) return undefined
  return { object, field, hops: way.hops }
}

async function recompute(
  context: WriteContext,
  { object, field }: Computed,
  ids: readonly string[],
): Promise<RecordChange[]> {
  if (!isRollUp(field)) return recomputeRecords(context, object, { fields: new Set([field]), ids })
  const asked = ids.map(
    (id) => [id, { fields: new Set([field]), isJudged: false, path: '' }] as const,
  )
  return rollUpRecords(context, object, new Map(asked))
}

async function nextRecords(
  { tx, release }: WriteContext,
  { object, field, hops }: Computed,
  { records, after }: StoredRecalculation,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(sql`
    select id from ${release.physical.table(object.name)}
    where ${isRollUp(field) ? hasOtherCurrency(release, field) : leadsTo(release, hops, records)} and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${sql`${CHUNK}`}`)
  return rows.map(({ id }) => id)
}
