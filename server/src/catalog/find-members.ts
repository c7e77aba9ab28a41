import type { Model } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'

const SAMPLES = 5

/** Live users who have a role or a permission set: how many, and some of them. */
export async function findMembers(
  tx: Transaction,
  { model, physical }: { model: Model; physical: PhysicalMap },
  { kind, name }: { kind: 'role' | 'permission_set'; name: string },
): Promise<{ count: number; samples: { id: string; name: string | null }[] }> {
  const field = kind === 'role' ? 'role' : 'permission_sets'
  if (!model.objects.get('user')?.fields.has(field)) return { count: 0, samples: [] }
  const column = physical.column('user', field)
  const has = kind === 'role' ? sql`${column} = ${name}` : sql`${name} = any(${column})`
  const rows = await tx.query<{ id: string; name: string | null; total: number }>(sql`
    select id, name, (count(*) over ())::int as total from ${physical.table('user')}
    where deleted_at is null and ${has} order by name, id limit ${SAMPLES}`)
  return {
    count: rows[0]?.total ?? 0,
    samples: rows.map(({ id, name: userName }) => ({ id, name: userName })),
  }
}
