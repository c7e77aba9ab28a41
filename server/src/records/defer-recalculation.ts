import type { FieldModel } from '@trellis/metamodel'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { WriteContext } from '../access/context.ts'
import { enqueue } from '../outbox/index.ts'

/** Computes stored formulas of many records anew. */
export const RECALCULATE_TOPIC = 'formulas.recalculate'

/** A stored formula, and the records that have changed behind references of its own. */
export interface Recalculation {
  field: FieldModel
  hops: readonly FieldModel[]
  ids: readonly string[]
}

/** Leaves a formula of many records to a job, which begins when the transaction is through. */
export async function deferRecalculation(
  { tx, release, actor, now }: WriteContext,
  { field, hops, ids }: Recalculation,
): Promise<void> {
  const id = uuidv7()
  const { physical } = release
  await tx.execute(sql`
    insert into ${physical.systemTable('_recalculation')} (id, object, field, hops, records, started_by, created_at)
    values (${id}::uuid, ${field.object}, ${field.name}, ${hops.map(({ name }) => name)}::text[], ${[...ids]}::uuid[],
      ${actor.userId}::uuid, ${now.toISOString()}::timestamptz)`)
  const payload = { recalculation: id }
  await enqueue(tx, physical.names.schema, [{ topic: RECALCULATE_TOPIC, payload }])
}
