import {
  type ObjectModel,
  type RelationshipModel,
  resolveFieldPath,
  type ResolvedPath,
  type TypedExpression,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/row-filter.ts'
import { compileTyped, type SqlColumns, type SqlRelated } from '../conditions/compile-expression.ts'
import { FromClause } from './from-clause.ts'
import { ConditionSlot } from './slot.ts'

/**
 * Compiles conditions on the records of a clause; their constants become slots. `first` is the place of the
 * first among all conditions of the statement.
 */
export function compileConditions(
  from: FromClause,
  conditions: readonly TypedExpression[],
  first = 0,
): RawBuilder<boolean>[] {
  return conditions.map((typed, index) => compileCondition(typed, columnsOf(from), first + index))
}

/** Compiles one condition on any columns. `index` is its place among the conditions of the statement. */
export function compileCondition(
  typed: TypedExpression,
  columns: SqlColumns,
  index: number,
): RawBuilder<boolean> {
  const condition = compileTyped(
    typed,
    columns,
    (parameter) => sql`${new ConditionSlot(index, parameter)}`,
  )
  return sql<boolean>`${condition}`
}

function columnsOf(from: FromClause): SqlColumns {
  const { reader, object } = from
  return {
    column: (path) => from.column(pathOf(reader, object, path)),
    toMany: (name) => {
      const relationship = object.relationships.get(name)
      return relationship && relatedRows(from, relationship)
    },
  }
}

/** The records that refer to a record, as far as the reader may see them. */
function relatedRows(
  parent: FromClause,
  { object: name, field }: RelationshipModel,
): SqlRelated | undefined {
  const { reader } = parent
  const object = reader.release.model.objects.get(name)
  const reference = object?.fields.get(field)
  const id = parent.object.fields.get('id')
  if (!object || !reference || !id) return undefined
  return {
    exists: (condition) => {
      const from = new FromClause(reader, object, parent.aliases)
      const refersHere = sql`${from.column({ hops: [], field: reference })} = ${parent.column({ hops: [], field: id })}`
      const holds = condition(columnsOf(from))
      return sql`exists (select 1 from ${from.toSql()} where ${refersHere} and ${from.visibleRows()} and ${holds})`
    },
  }
}

function pathOf({ release }: Reader, object: ObjectModel, path: string): ResolvedPath {
  const resolved = resolveFieldPath(release.model.objects, object, path)
  if (!resolved) throw new Error(`${object.name} has no field ${path}`)
  return resolved
}
