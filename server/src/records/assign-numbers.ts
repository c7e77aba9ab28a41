import {
  dateIn,
  type FieldModel,
  formatNumber,
  numberingPeriod,
  type NumberingReset,
  parseNumberingFormat,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { STORED_TIME_ZONE } from '../conditions/compile-formula.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { Slot } from '../query/slot.ts'
import { runWrite } from './prepared-write.ts'

/**
 * Gives auto-numbers to records that are being created. A counter is a row that stays locked until the
 * transaction ends: numbers are never given twice, and a rolled-back one is given again. What day it is says the clock
 * of the house, whoever saves.
 */
export async function assignNumbers(
  context: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  const [first] = changes
  if (!first) return
  for (const field of first.object.fields.values()) {
    if (field.type.name === 'auto_number') await assignOne(context, field, changes)
  }
}

function takeNumbers(context: WriteContext): RawBuilder<{ value: number }> {
  return sql<{ value: number }>`
    insert into ${context.release.physical.systemTable('_counter')} as c (name, value)
    values (${new Slot('name')}, ${new Slot('first')}::bigint)
    on conflict (name) do update set value = c.value + ${new Slot('count')}::bigint returning value`
}

async function assignOne(
  context: WriteContext,
  field: FieldModel,
  changes: readonly RecordChange[],
): Promise<void> {
  const parts = parseNumberingFormat(String(field.options['format'])) ?? []
  const reset = field.options['reset'] as NumberingReset | undefined
  const start = typeof field.options['start'] === 'number' ? field.options['start'] : 1
  const { physical } = context.release
  const table = physical.tableName(field.object)
  const column = physical.columnName(field.object, field.name)
  const days = Map.groupBy(changes, (change) =>
    dateIn(change.audit?.at ?? context.now.toISOString(), STORED_TIME_ZONE),
  )
  for (const [day, group] of days) {
    // By table and column, which stay when the field is renamed.
    const name = `${table}.${column} ${numberingPeriod(parts, day, reset)}`.trim()
    const count = group.length
    const slots = { name, first: start + count - 1, count }
    const [row] = await runWrite(context, { key: 'counter', slots }, () => takeNumbers(context))
    const last = Number(row?.value)
    group.forEach((change, index) => {
      change.after[field.name] = formatNumber(parts, day, last - count + 1 + index)
    })
  }
}
