import { sql } from 'kysely'

import { asJson, type Database } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import type { ValueSeal } from '../schema/release.ts'
import type { RecordBefore } from './import-job.ts'
import type { KeptCell } from './import-store.ts'
import { resealedSeal } from './sealed-rows.ts'

const BATCH = 500

interface SealedRow {
  import: string
  row: number
  cells: readonly KeptCell[]
  before: RecordBefore | null
}

/**
 * Seals what rows of imports keep of encrypted fields with the newest key.
 * @returns how many rows were sealed with another key
 */
export async function resealRows(db: Database, seal: ValueSeal, schema: string): Promise<number> {
  const table = systemTable(schema, '_import_row')
  let count = 0
  let last = { import: '00000000-0000-0000-0000-000000000000', row: 0 }
  for (;;) {
    const rows = await db.query<SealedRow>(sql`
      select import, row_number as "row", cells, before from ${table}
      where (import, row_number) > (${last.import}::uuid, ${last.row}::int)
        and (cells::text like '%"sealed"%' or before::text like '%"sealed"%')
      order by import, row_number limit ${BATCH}`)
    for (const row of rows) {
      const next = resealed(row, seal)
      if (next === undefined) continue
      count += await db.execute(sql`
        update ${table} set cells = ${asJson(next.cells)}::jsonb, before = ${next.before === null ? null : asJson(next.before)}::jsonb
        where import = ${row.import}::uuid and row_number = ${row.row} and cells = ${asJson(row.cells)}::jsonb
          and before is not distinct from ${row.before === null ? null : asJson(row.before)}::jsonb`)
    }
    const end = rows.at(-1)
    if (!end || rows.length < BATCH) return count
    last = end
  }
}

/** The row under the newest key; undefined if that one has sealed it already. */
function resealed(
  { import: id, cells, before }: SealedRow,
  seal: ValueSeal,
): Pick<SealedRow, 'cells' | 'before'> | undefined {
  let isChanged = false
  const again = (value: unknown): unknown => {
    const next = resealedSeal(seal, id, value)
    isChanged ||= next !== undefined
    return next ?? value
  }
  const next = {
    cells: cells.map(again) as KeptCell[],
    before: before && {
      ...before,
      values: Object.fromEntries(
        Object.entries(before.values).map(([name, value]) => [name, again(value)]),
      ),
    },
  }
  return isChanged ? next : undefined
}
