import {
  type Expression,
  type ObjectModel,
  objectScope,
  type RelationshipModel,
  resolveExpression,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { compileTyped, type SqlColumns, type SqlRelated } from '../conditions/compile-expression.ts'
import { compileFormula } from '../conditions/compile-formula.ts'
import { bindForReader } from './bind-for-reader.ts'
import type { Reader } from './reader.ts'

/** A condition of a rule, and on which rows. */
export interface RuleCondition {
  object: ObjectModel
  alias: string
  condition: unknown
}

/**
 * The condition of a rule as SQL. It reads what is there, not what the actor may see: a rule decides that. Values
 * of the user are taken of whoever runs the statement. A condition that cannot be compiled is never met; publishing
 * refuses such a rule.
 */
export function compileRuleCondition(
  reader: Reader,
  { object, alias, condition }: RuleCondition,
): RawBuilder<boolean> {
  const { release } = reader
  const scope = objectScope(release.model, object, 'query')
  const { typed } = resolveExpression(condition as Expression, scope, 'boolean')
  if (!typed) return sql<boolean>`false`
  const compiled = compileTyped(
    typed,
    columnsOf(reader, object, alias),
    bindForReader(reader, typed),
  )
  return sql<boolean>`(${compiled}) is true`
}

function columnsOf(reader: Reader, object: ObjectModel, alias: string): SqlColumns {
  return {
    column: (path) => columnAt(reader, object, alias, path.split('.')),
    toMany: (name) => {
      const relationship = object.relationships.get(name)
      return relationship && relatedRows(reader, object, alias, relationship)
    },
  }
}

function columnAt(
  reader: Reader,
  object: ObjectModel,
  alias: string,
  [first = '', ...rest]: readonly string[],
): RawBuilder<unknown> {
  const { model, physical } = reader.release
  const own = object.fields.get(first)
  const field = own?.parts?.get(rest[0] ?? '') ?? own
  if (field?.isVirtual === true) {
    return compileFormula(field, columnsOf(reader, object, alias), (typed) =>
      bindForReader(reader, typed),
    )
  }
  const column = physical.column(object.name, first, alias)
  const target = model.objects.get(field?.target ?? '')
  if (rest.length === 0 || !target) return column
  const above = `${alias}_${first}`.slice(-60)
  const id = physical.column(target.name, 'id', above)
  const deleted = physical.column(target.name, 'deleted_at', above)
  return sql`(select ${columnAt(reader, target, above, rest)} from ${physical.table(target.name)} as ${physical.identifier(above)} where ${id} = ${column} and ${deleted} is null)`
}

function relatedRows(
  reader: Reader,
  object: ObjectModel,
  alias: string,
  { object: name, field }: RelationshipModel,
): SqlRelated | undefined {
  const { model, physical } = reader.release
  const child = model.objects.get(name)
  if (!child) return undefined
  const below = `${alias}_${name}`.slice(-60)
  return {
    exists: (condition) => {
      const refersHere = sql`${physical.column(name, field, below)} = ${physical.column(object.name, 'id', alias)}`
      const live = sql`${physical.column(name, 'deleted_at', below)} is null`
      return sql`exists (select 1 from ${physical.table(name)} as ${physical.identifier(below)} where ${refersHere} and ${live} and ${condition(columnsOf(reader, child, below))})`
    },
  }
}
