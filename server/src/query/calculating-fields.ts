import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { isShowable } from './field-path.ts'

/**
 * The stored formulas of an object, as far as the reader may look at them, that a job is computing anew because records
 * which they read have changed: until it is through, some records have their old value.
 */
export async function calculatingFields(context: Context, object: ObjectModel): Promise<string[]> {
  const fields = [...object.fields.values()].filter(
    (field) => isComputedOfOthers(field) && isShowable(context, field),
  )
  if (fields.length === 0) return []
  const table = context.release.physical.systemTable('_recalculation')
  const names = fields.map(({ name }) => name)
  const rows = await context.db.query<{ field: string }>(sql`
    select distinct field from ${table} where object = ${object.name} and field = any(${names}::text[]) order by field`)
  return rows.map(({ field }) => field)
}

/** Whether a field is a stored formula that reads other records, or an amount that is converted at exchange rates. */
export function isComputedOfOthers({ formula, rollUp, isVirtual }: FieldModel): boolean {
  if (rollUp?.isConverted === true) return true
  return isVirtual !== true && formula?.inputs.some((path) => path.includes('.')) === true
}

/** A record as JSON with the names of its fields that are being computed anew, if there are any. */
export function tellCalculating(json: string, calculating: readonly string[]): string {
  if (calculating.length === 0) return json
  return `${json.slice(0, -1)},"_calculating":${JSON.stringify(calculating)}}`
}
