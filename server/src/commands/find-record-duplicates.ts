import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Database } from '../db/index.ts'
import { isTelling } from '../duplicates/is-telling.ts'
import { groupRows } from '../duplicates/score-duplicates.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'

/** A record of a group, by what people know it by. */
export interface GroupedRecord {
  readonly id: string
  readonly name: string | null
}

/**
 * Finds the records of an object that are about the same thing, without any rule: by all of its fields that say what
 * a record is about. For the house, which may see every record.
 */
export async function findRecordDuplicates(
  db: Pick<Database, 'query'>,
  object: ObjectModel,
  physical: PhysicalMap,
): Promise<readonly (readonly GroupedRecord[])[]> {
  const fields = [...object.fields.values()].filter(isTelling)
  const columns = fields.map((field) => physical.column(object.name, field.name, 't'))
  const rows = await db.query<GroupedRecord & { values: (string | null)[] }>(sql`
    select t.id, t.name, array[${sql.join(columns.map((column) => sql`${column}::text`))}] as values
    from ${physical.table(object.name)} as t where t.deleted_at is null order by t.created_at, t.id`)
  const header = fields.map(({ name }) => name)
  const groups = groupRows({
    header,
    rows: rows.map(({ values }) => values.map((one) => one ?? '')),
  })
  const byGroup = Map.groupBy(rows, (_, row) => groups[row])
  return [...byGroup.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ id, name }) => ({ id, name })))
}
