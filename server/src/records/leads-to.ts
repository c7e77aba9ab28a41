import type { FieldModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Release } from '../schema/release.ts'

/** Whether references lead from a row (of the first reference's object) to one of these records. */
export function leadsTo(
  release: Release,
  [hop, ...others]: readonly FieldModel[],
  ids: readonly string[],
): RawBuilder<boolean> {
  if (!hop) return sql<boolean>`id = any(${[...ids]}::uuid[])`
  const { physical } = release
  const column = physical.column(hop.object, hop.name)
  if (others.length === 0) return sql<boolean>`${column} = any(${[...ids]}::uuid[])`
  const target = physical.table(hop.target ?? '')
  return sql<boolean>`${column} in (select id from ${target} where ${leadsTo(release, others, ids)})`
}
