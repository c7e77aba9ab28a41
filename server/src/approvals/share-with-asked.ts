import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'

/**
 * Lets those read a record who are asked to decide on it now, and nobody else by this way. Called whenever it has
 * changed who is asked, in the same transaction.
 */
export async function shareWithAsked(
  { tx, release: { physical }, actor, now }: WriteContext,
  { object, record: id }: { object: string; record: string },
): Promise<void> {
  const share = physical.systemTable('_share')
  const asked = sql`select 'user:' || w.assignee as principal from ${physical.systemTable('_approval')} as a
    join ${physical.systemTable('_work_item')} as w on w.approval = a.id
    where a.record = ${id}::uuid and a.object = ${object} and a.status = 'pending' and w.status = 'pending'`
  await tx.execute(sql`
    delete from ${share} where record = ${id}::uuid and object = ${object} and cause = 'approval'
      and principal not in (${asked})`)
  await tx.execute(sql`
    insert into ${share} (id, object, record, principal, access, cause, created_by, created_at, record_created_at)
    select gen_random_uuid(), ${object}, record.id, asked.principal, 'read', 'approval', ${actor.userId}::uuid,
      ${now.toISOString()}::timestamptz, record.created_at
    from (select distinct principal from (${asked}) as every) as asked
    join ${physical.table(object)} as record on record.id = ${id}::uuid
    on conflict (record, cause, principal) do nothing`)
}
