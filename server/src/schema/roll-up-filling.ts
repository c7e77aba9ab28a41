import { RATE, type RollUpField } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { compileRollUp } from '../conditions/compile-roll-up.ts'
import { toSqlText } from '../db/statement.ts'
import type { Filling, FillingGround } from './filling.ts'
import { quoteIdentifier, quoteLiteral } from './physical-map.ts'

/** By what existing records get the value of a roll-up: what refers to them, now and while it changes. */
export function rollUpFilling(ground: FillingGround, field: RollUpField): Filling {
  const { child, via } = field.rollUp
  const { physical } = ground
  const id = physical.column(field.object, 'id', 't')
  const parent = quoteIdentifier(physical.columnName(child, via))
  return {
    value: inWords(compileRollUp(ground, field, id)),
    sources: [
      { table: physical.tableName(child), rows: `SELECT r.${parent}` },
      ...(field.rollUp.isConverted ? [ratesOf(ground, field)] : []),
    ],
  }
}

/** An exchange rate may count for every record. */
function ratesOf(
  { physical }: FillingGround,
  { object }: RollUpField,
): { table: string; rows: string } {
  const all = sql`select id from ${physical.table(object)} where r.id is not null`
  return { table: physical.tableName(RATE.object), rows: inWords(all) }
}

/** A statement with its values written out, as a plan shows it to people. */
export function inWords(statement: RawBuilder<unknown>): string {
  const { text, values } = toSqlText(statement)
  return text.replaceAll(/\$(\d+)/g, (_, index: string) => literal(values[Number(index) - 1]))
}

function literal(value: unknown): string {
  if (value === null) return 'NULL'
  if (!Array.isArray(value)) return quoteLiteral(String(value))
  const members = value.map((one) => `"${String(one).replaceAll(/["\\]/g, String.raw`\$&`)}"`)
  return quoteLiteral(`{${members.join(',')}}`)
}
