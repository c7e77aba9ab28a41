import { isRecordId } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'

/** Whether a record that was answered as missing is there after all, only not for the caller. */
export async function isHidden(
  { db, release: { model, physical } }: Context,
  object: string,
  id: string,
): Promise<boolean> {
  if (!model.objects.has(object) || !isRecordId(id)) return false
  const [row] = await db.query(
    sql`select 1 from ${physical.table(object)} where id = ${id} and deleted_at is null`,
  )
  return row !== undefined
}
