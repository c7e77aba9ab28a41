import { sql } from 'kysely'

import { createValueSeal } from '../access/value-seal.ts'
import { type Database, loadTenants, type Nodes, readSealKeys } from '../db/index.ts'
import { resealRows } from '../imports/index.ts'
import { physicalName } from '../schema/physical-map.ts'
import type { ValueSeal } from '../schema/release.ts'

const BATCH = 500
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Seals the values of encrypted fields of every tenant with the newest key, those of fields that were taken out of use
 * too: they may come back. A value that is changed meanwhile is sealed by whoever changes it.
 * @returns how many were sealed with another key
 */
export async function resealValues(nodes: Nodes, dataDir: string): Promise<number> {
  // Made anew each time, so that it knows the newest key.
  const seal = createValueSeal(() => readSealKeys(dataDir))
  let count = 0
  for (const { schemaName: schema, node } of await loadTenants(nodes.home)) {
    const db = await nodes.of(node)
    const columns = await db.query(sql<{ table: string; column: string }>`
      select table_name as "table", column_name as "column" from information_schema.columns
      where table_schema = ${schema} and data_type = 'bytea' and table_name not like ${'\\_%'}`)
    for (const place of columns) count += await resealColumn(db, seal, { schema, ...place })
    count += await resealRows(db, seal, schema)
  }
  return count
}

interface Place {
  schema: string
  table: string
  column: string
}

async function resealColumn(
  db: Database,
  seal: ValueSeal,
  { schema, table, column }: Place,
): Promise<number> {
  const [at, value] = [physicalName(schema, table), physicalName(column)]
  let count = 0
  let last = FIRST
  for (;;) {
    const rows = await db.query(sql<{ id: string; value: Buffer }>`
      select id, ${value} as value from ${at} where ${value} is not null and id > ${last}::uuid
      order by id limit ${BATCH}`)
    for (const { id, value: old } of rows) {
      const next = seal.reseal(old, `${table}.${column}`)
      if (next === undefined) continue
      count += await db.execute(sql`
        update ${at} set ${value} = ${next} where id = ${id}::uuid and ${value} = ${old}`)
    }
    const end = rows.at(-1)
    if (!end || rows.length < BATCH) return count
    last = end.id
  }
}
