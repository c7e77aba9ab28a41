import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import type { Release } from '../schema/release.ts'

/**
 * Which records are left of those that were merged, by the ids that they had. Whether anybody may see them is not
 * asked here.
 */
export async function findSurvivors(
  db: Pick<Queryable, 'query'>,
  { physical }: Pick<Release, 'physical'>,
  object: Pick<ObjectModel, 'name'>,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<{ merged: string; survivor: string }>(sql`
    select merged, survivor from ${physical.systemTable('_merge')}
    where merged = any(${[...ids]}::uuid[]) and object = ${object.name}`)
  return new Map(rows.map(({ merged, survivor }) => [merged, survivor]))
}
