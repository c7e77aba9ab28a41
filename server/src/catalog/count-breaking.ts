import {
  type Expression,
  expressionReferences,
  type FieldModel,
  type Model,
  objectScope,
  type ObjectModel,
  resolveFieldPath,
  type ResolvedPath,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/reader.ts'
import {
  compileExpression,
  parameterValue,
  type SqlEnvironment,
} from '../conditions/compile-expression.ts'
import { compileFormula } from '../conditions/compile-formula.ts'
import type { Queryable } from '../db/index.ts'
import { castType } from '../schema/column-types.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import { knowsCondition, sampleRecords, type Samples, seenRows } from './sample-records.ts'

/** A condition on records of an object, judged under a model whose tables may not be there yet. */
export interface BreakingAsked {
  /** The model in which the condition is meant. */
  model: Model
  /** The model that the tables in force belong to. */
  current: Model
  physical: PhysicalMap
  object: string
  expression: unknown
  /** Who is told; undefined for the house. */
  reader: Reader | undefined
  /** What is counted: all records, or those that the reader may know to break it. */
  counts: 'all' | 'known'
}

/**
 * How many existing records a rule would refuse, with samples. Undefined if that cannot be told: the rule is
 * about a save (`changed`, `prior`, `is_new`), or about an object without a table; or only known records count, and the reader may not know what it reads.
 */
export async function countBreaking(
  db: Queryable,
  asked: BreakingAsked,
): Promise<Samples | undefined> {
  const object = asked.model.objects.get(asked.object)
  const expression = asked.expression as Expression
  if (
    !object ||
    !asked.current.objects.has(asked.object) ||
    expressionReferences(expression).needsSaving
  ) {
    return undefined
  }
  const scope = {
    ...objectScope(asked.model, object, 'query'),
    column: (path: string) => columnOf(asked, object, path),
  }
  const condition = compileExpression(expression, scope, {
    environment: environmentNow(),
    expected: 'boolean',
  })
  const { physical, reader, counts } = asked
  const isKnown = knowsCondition(reader, asked.model, object, expression)
  const seen = counts === 'all' ? sql`true` : isKnown && seenRows(reader, asked.object)
  if (!seen) return undefined
  const where = sql`${condition} and ${seen}`
  return sampleRecords(db, { physical, object: asked.object, where, reader, isKnown })
}

/** A field's column, a parent's by a sub-query; a field that the tables do not have yet is empty everywhere. */
function columnOf(asked: BreakingAsked, object: ObjectModel, path: string): RawBuilder<unknown> {
  const resolved = resolveFieldPath(asked.model.objects, object, path)
  if (!resolved) throw new Error(`No field at ${path}`)
  if (resolved.field.isVirtual === true) return formulaOf(asked, object, path, resolved)
  const { physical, current } = asked
  const all = [...resolved.hops, resolved.field]
  const hasColumn = ({ object: of, name }: FieldModel): boolean => {
    const known = current.objects.get(of)?.fields.get(name)
    return known !== undefined && known.isVirtual !== true
  }
  if (!all.every(hasColumn)) {
    return sql`null::${castType(resolved.field.type.storage(resolved.field.options))}`
  }
  return resolved.hops.reduceRight<(alias: string) => RawBuilder<unknown>>(
    (inner, hop, depth) => {
      const next = `p${depth}`
      return (
        alias,
      ) => sql`(select ${inner(next)} from ${physical.table(hop.target ?? '')} as ${physical.identifier(next)}
      where ${physical.column(hop.target ?? '', 'id', next)} = ${physical.column(hop.object, hop.name, alias)})`
    },
    (alias) => physical.column(resolved.field.object, resolved.field.name, alias),
  )('t')
}

/** A formula that is computed as it is read; of a parent that is not there it is nothing. */
function formulaOf(
  asked: BreakingAsked,
  object: ObjectModel,
  path: string,
  { hops, field }: ResolvedPath,
): RawBuilder<unknown> {
  const before = path.slice(0, path.lastIndexOf('.') + 1)
  const value = compileFormula(
    field,
    { column: (input) => columnOf(asked, object, `${before}${input}`) },
    (typed) => (parameter) => sql`${parameterValue(parameter, typed, environmentNow())}`,
  )
  return hops.length === 0
    ? value
    : sql`case when ${columnOf(asked, object, `${before}id`)} is not null then ${value} end`
}

function environmentNow(): SqlEnvironment {
  return { now: new Date().toISOString(), timeZone: 'Asia/Shanghai', user: {} }
}
