import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { Replaced } from './move-references.ts'

/**
 * What stands beside records and goes over to the one that takes their place: their finished approvals, their teams,
 * and, where the owner stays the same, what was shared by hand. What that one is shared with stands as it is.
 */
export async function moveSurroundings(context: WriteContext, replaced: Replaced): Promise<void> {
  const { object, from, to } = replaced
  const { tx, release } = context
  const { physical } = release
  await tx.execute(sql`
    update ${physical.systemTable('_approval')} set record = ${to}::uuid
    where record = any(${[...from]}::uuid[]) and object = ${object.name}`)
  // Details are shared with their master.
  if (object.master) return
  const table = physical.table(object.name)
  await tx.execute(sql`
    with ended as (
      delete from ${physical.systemTable('_share')}
      where record = any(${[...from]}::uuid[]) and object = ${object.name} returning *
    )
    insert into ${physical.systemTable('_share')}
      (id, object, record, principal, access, cause, team_role, expires_at, created_by, created_at, record_created_at)
    select distinct on (e.principal, e.cause) e.id, e.object, s.id, e.principal, e.access, e.cause, e.team_role,
      e.expires_at, e.created_by, e.created_at, s.created_at
    from ended as e join ${table} as l on l.id = e.record join ${table} as s on s.id = ${to}::uuid
    where (e.cause = 'team' or (e.cause = 'manual' and l.owner = s.owner)) and e.principal <> 'user:' || s.owner
    order by e.principal, e.cause, e.access = 'edit' desc, e.expires_at desc nulls first
    on conflict (record, principal, cause) do nothing`)
}

/** Takes note that old ids lead to the record that is left, in its history too. */
export async function noteMerge(
  { tx, release, actor, now, cause }: WriteContext,
  { object, from, to }: Replaced,
): Promise<void> {
  const { physical } = release
  const table = physical.systemTable('_merge')
  const at = now.toISOString()
  await tx.execute(
    sql`update ${table} set survivor = ${to}::uuid where survivor = any(${[...from]}::uuid[])`,
  )
  await tx.execute(sql`
    insert into ${table} (merged, object, survivor, at, by)
    select id, ${object.name}, ${to}::uuid, ${at}::timestamptz, ${actor.userId}::uuid
    from unnest(${[...from]}::uuid[]) as id`)
  await tx.execute(sql`
    insert into ${physical.systemTable('_history')} (id, at, object, record, actor, cause, action, new)
    select gen_random_uuid(), ${at}::timestamptz, ${object.name}, ${to}::uuid, ${actor.userId}::uuid, ${cause},
      'merged', jsonb_build_object('id', id) from unnest(${[...from]}::uuid[]) as id`)
}
