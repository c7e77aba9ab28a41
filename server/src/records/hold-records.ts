import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { StoredRecord } from '../effects/record-request.ts'
import { Slot } from '../query/slot.ts'
import { runWrite } from './prepared-write.ts'
import { columnFields, fromDriver } from './read-rows.ts'

/** A record that has computed values, held against other writers. */
export interface HeldRecord extends StoredRecord {
  isDeleted: boolean
}

const IDS = new Slot('ids')

/** Locks records in the order of their ids, deleted ones too: they may come back. */
export async function holdRecords(
  context: WriteContext,
  object: ObjectModel,
  ids: readonly string[],
): Promise<Map<string, HeldRecord>> {
  const fields = columnFields(object)
  const asked = { key: `hold ${object.name}`, slots: { ids: [...ids] } }
  const rows = await runWrite<Record<string, unknown>>(context, asked, () => {
    const { physical } = context.release
    const columns = fields.map(
      ({ name }) => sql`${physical.column(object.name, name, 't')} as ${physical.identifier(name)}`,
    )
    return sql`
      select ${sql.join(columns, sql`, `)}, t.deleted_at is not null as "is deleted"
      from ${physical.table(object.name)} as t where t.id = any(${IDS}::uuid[])
      order by t.id for no key update of t`
  })
  return new Map(
    rows.map((row) => {
      const values = Object.fromEntries(
        fields.map((field) => [field.name, fromDriver(context.release, field, row[field.name])]),
      )
      const id = String(row['id'])
      const isDeleted = row['is deleted'] === true
      return [id, { id, version: Number(row['version']), values, isDeleted }] as const
    }),
  )
}
