import { type FieldModel, formulaDependents, isRollUp, resolveFieldPath } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { parameterValue } from '../conditions/compile-expression.ts'
import { compileFormula, STORED_TIME_ZONE } from '../conditions/compile-formula.ts'
import { compileRollUp } from '../conditions/compile-roll-up.ts'
import type { Filling, FillingGround } from './filling.ts'
import { inWords } from './roll-up-filling.ts'

/** A stored formula knows no user and no time; moments are read by the clock of the house. */
const ENVIRONMENT = { user: {}, now: '1970-01-01T00:00:00.000Z', timeZone: STORED_TIME_ZONE }

/** By what existing records get the value of a stored formula: their own columns, and those of records they refer to. */
export function formulaFilling(ground: FillingGround, field: FieldModel): Filling {
  const value = valueAt(ground, field, { object: field.object, before: '' })
  return { value: inWords(value), sources: sourcesOf(ground, field) }
}

/** A formula of the row `t`, or of a record behind references of it: `account.`. */
function valueAt(
  ground: FillingGround,
  field: FieldModel,
  { object, before }: { object: string; before: string },
): RawBuilder<unknown> {
  const value = compileFormula(
    field,
    { column: (path) => columnAt(ground, object, `${before}${path}`) },
    (typed) => (parameter) => sql`${parameterValue(parameter, typed, ENVIRONMENT)}`,
  )
  if (before === '') return value
  return sql`case when ${columnAt(ground, object, `${before}id`)} is not null then ${value} end`
}

/**
 * A field of the row `t`, or of a live record that it refers to. Other computed fields are computed too: what is in
 * their columns may be about to change with the same release.
 */
function columnAt(ground: FillingGround, name: string, path: string): RawBuilder<unknown> {
  const { model, physical } = ground
  const object = model.objects.get(name)
  const resolved = object && resolveFieldPath(model.objects, object, path)
  if (!resolved) throw new Error(`${name} has no field ${path}`)
  const { hops, field } = resolved
  if (field.formula) {
    return valueAt(ground, field, { object: name, before: path.slice(0, -field.name.length) })
  }
  const at = (depth: number): string => (depth === 0 ? 't' : `t${depth}`)
  const row = at(hops.length)
  let column = isRollUp(field)
    ? compileRollUp(ground, field, physical.column(field.object, 'id', row))
    : physical.column(field.object, field.name, row)
  for (const [index, hop] of [...hops.entries()].toReversed()) {
    const above = at(index + 1)
    const target = hop.target ?? ''
    const id = physical.column(target, 'id', above)
    const deleted = physical.column(target, 'deleted_at', above)
    const same = sql`${id} = ${physical.column(hop.object, hop.name, at(index))} and ${deleted} is null`
    column = sql`(select ${column} from ${physical.table(target)} as ${physical.identifier(above)} where ${same})`
  }
  return column
}

/** The other tables that the formula reads, and which rows of its own read a row of theirs. */
function sourcesOf(
  { model, physical }: FillingGround,
  field: FieldModel,
): { table: string; rows: string }[] {
  const places = [...formulaDependents(model)].flatMap(([object, dependents]) =>
    dependents.filter((one) => one.field === field).map(({ hops }) => ({ object, hops })),
  )
  return places.flatMap(({ object, hops }) => {
    if (hops.length === 0) return []
    let ids = sql`select ${physical.column(object, 'id', 'r')}`
    for (const hop of hops.toReversed()) {
      ids = sql`select id from ${physical.table(hop.object)} where ${physical.column(hop.object, hop.name)} in (${ids})`
    }
    return [{ table: physical.tableName(object), rows: inWords(ids) }]
  })
}
