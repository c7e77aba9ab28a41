import { type RawBuilder, sql } from 'kysely'

import type { Reader } from './reader.ts'
import { ownedRows } from './row-conditions.ts'
import { rowFilter, type RowsAsked } from './row-filter.ts'

/**
 * The condition under which the actor may share a row and say who is on its team: whoever may transfer or delete it,
 * and its owner if they may edit it. Details are shared with their master.
 */
export function shareFilter(
  reader: Reader,
  { object, alias }: Pick<RowsAsked, 'object' | 'alias'>,
): RawBuilder<boolean> {
  if (object.master) return sql<boolean>`false`
  const may = (right: RowsAsked['right']): RawBuilder<boolean> =>
    rowFilter(reader, { object, right, alias }) ?? sql<boolean>`true`
  const owns = ownedRows(reader, { object, alias }, ({ reach }) => reach.owners.own)
  return sql<boolean>`(${may('read')} and (${may('transfer')} or ${may('delete')} or (${owns} and ${may('edit')})))`
}
