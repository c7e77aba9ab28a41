import {
  dateIn,
  type FieldModel,
  formatNumber,
  numberingPeriod,
  type NumberingPart,
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
 * transaction ends: numbers are never given twice, also where another format has given them, and a rolled-back one is
 * given again. What day it is says the clock of the house, whoever saves.
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

/** What the numbers of a field look like on a day: what stands before and after the counter, and its digits at least. */
interface Look {
  field: FieldModel
  before: string
  after: string
  digits: number
}

function lookOf(field: FieldModel, parts: readonly NumberingPart[], day: string): Look {
  const at = parts.findIndex((part) => 'digits' in part)
  const counter = parts[at]
  return {
    field,
    before: formatNumber(parts.slice(0, at), day, 0),
    after: formatNumber(parts.slice(at + 1), day, 0),
    digits: counter && 'digits' in counter ? counter.digits : 1,
  }
}

/** What a counter has given: the last number, and whether a record has one of them already. */
interface Taken {
  last: string
  isGiven: boolean
}

function takeNumbers({ release }: WriteContext, { object, name }: FieldModel): RawBuilder<Taken> {
  const { physical } = release
  const count = sql`${new Slot('count')}::bigint`
  const behind = sql`${new Slot('behind')}::bigint`
  const digits = sql`lpad(n::text, greatest(length(n::text), ${new Slot('digits')}::integer), '0')`
  return sql<Taken>`
    with taken as (
      insert into ${physical.systemTable('_counter')} as c (name, value) values (${new Slot('name')}, ${behind} + ${count})
      on conflict (name) do update set value = greatest(c.value, ${behind}) + ${count} returning value
    ) select value::text as last, exists (
      select 1 from ${physical.table(object)} where deleted_at is null and ${physical.column(object, name)} = any(array(
        select ${new Slot('before')}::text || ${digits} || ${new Slot('after')}::text from generate_series(value - ${count} + 1, value) as n))
    ) as "isGiven" from taken`
}

/** The greatest counter in numbers of that look, of deleted records too, whatever has given them. */
async function greatestGiven(
  { tx, release: { physical } }: WriteContext,
  { field, before, after }: Look,
): Promise<number> {
  const pattern = `^${literally(before)}([0-9]{1,15})${literally(after)}$`
  const column = physical.column(field.object, field.name)
  const [row] = await tx.query<{ greatest: string | null }>(sql`
    select max(substring(${column} from ${pattern})::bigint)::text as greatest
    from ${physical.table(field.object)} where starts_with(${column}, ${before})`)
  return Number(row?.greatest ?? 0)
}

const literally = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, String.raw`\$&`)

/** Takes the next numbers of a counter; what a format of before or people have given is passed over. */
async function takeNext(
  context: WriteContext,
  look: Look,
  { name, count }: { name: string; count: number },
): Promise<number> {
  const { field, before, after, digits } = look
  const { start } = field.options
  const take = async (behind: number): Promise<Taken | undefined> => {
    const asked = {
      key: `counter ${field.object}.${field.name}`,
      slots: { name, behind, count, before, after, digits },
    }
    const [taken] = await runWrite(context, asked, () => takeNumbers(context, field))
    return taken
  }
  const taken = await take(typeof start === 'number' ? start - 1 : 0)
  const last = taken?.isGiven === true ? await take(await greatestGiven(context, look)) : taken
  return Number(last?.last)
}

async function assignOne(
  context: WriteContext,
  field: FieldModel,
  changes: readonly RecordChange[],
): Promise<void> {
  const parts = parseNumberingFormat(String(field.options['format'])) ?? []
  const reset = field.options['reset'] as NumberingReset | undefined
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
    const last = await takeNext(context, lookOf(field, parts, day), { name, count })
    group.forEach((change, index) => {
      change.after[field.name] = formatNumber(parts, day, last - count + 1 + index)
    })
  }
}
