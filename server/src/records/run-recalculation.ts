import { type FieldModel, type ObjectModel, resolveFieldPath } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { systemContext } from '../access/system-context.ts'
import type { Release } from '../schema/release.ts'
import { followingRollUps } from './follow-roll-ups.ts'
import { leadsTo } from './leads-to.ts'
import { recomputeRecords } from './recompute-records.ts'
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
 * Computes a stored formula of many records anew, in the order of their ids, some in each transaction: whatever comes
 * between, it goes on behind the last one that is done. What is made of the formula in turn follows.
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
  const found = findFormula(release, stored)
  const ids = found ? await nextRecords(context, found, stored) : []
  if (found && ids.length > 0) {
    const fields = new Set([found.field])
    await followingRollUps(
      context,
      async (inside) => {
        inside.touched.addChanges(await recomputeRecords(inside, found.object, { fields, ids }))
      },
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

interface Formula {
  object: ObjectModel
  field: FieldModel
  hops: readonly FieldModel[]
}

/** The formula, if the release in force still has it: a newer one has computed it anew as it was published. */
function findFormula({ model }: Release, stored: StoredRecalculation): Formula | undefined {
  const object = model.objects.get(stored.object)
  const field = object?.fields.get(stored.field)
  const way = object && resolveFieldPath(model.objects, object, [...stored.hops, 'id'].join('.'))
  if (!object || !field?.formula || field.isVirtual === true || !way) return undefined
  return { object, field, hops: way.hops }
}

async function nextRecords(
  { tx, release }: WriteContext,
  { object, hops }: Formula,
  { records, after }: StoredRecalculation,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(sql`
    select id from ${release.physical.table(object.name)}
    where ${leadsTo(release, hops, records)} and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${sql`${CHUNK}`}`)
  return rows.map(({ id }) => id)
}
