import {
  type ApprovalStep,
  asksWhoReads,
  type Expression,
  type ObjectModel,
  type TypedExpression,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { compileConditions } from './compile-conditions.ts'
import { FromClause } from './from-clause.ts'
import { isTyped, planCondition } from './plan-condition.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'

interface Ready {
  read: PreparedRead
  conditions: readonly TypedExpression[]
  /** The steps that the conditions are of, in that order. */
  steps: readonly string[]
}

const reads = releaseCache<Ready>('steps', 200)

/**
 * The steps that would be left out if they were reached now: the record does not meet their criteria. A step
 * is not among them where that cannot be told: the reader may not see what its criteria read, or they are
 * about whoever decides then.
 */
export async function findSkippedSteps(
  context: Context,
  object: ObjectModel,
  { record, steps }: { record: string; steps: readonly ApprovalStep[] },
): Promise<ReadonlySet<string>> {
  const conditional = steps.filter(({ criteria }) => criteria !== undefined)
  if (conditional.length === 0) return new Set()
  const criteria = conditional.map((step) => [step.name, step.criteria])
  const key = `${context.actor.accessSignature}|${object.name}|${JSON.stringify(criteria)}`
  const ready = reads(context.release).get(key, () => compile(context, object, conditional))
  if (ready.steps.length === 0) return new Set()
  const { read, conditions } = ready
  const [row] = await runPrepared(context, read, { slots: { id: record }, conditions })
  return new Set(row === undefined ? [] : ready.steps.filter((_, place) => row[place] !== 't'))
}

function compile(context: Context, object: ObjectModel, steps: readonly ApprovalStep[]): Ready {
  const told = steps.flatMap((step) => {
    const expression = step.criteria as Expression
    if (asksWhoReads(context.release.model, object, expression)) return []
    const typed = planCondition(context, object, { place: step.name, expression })
    return isTyped(typed) ? [{ name: step.name, typed }] : []
  })
  const conditions = told.map(({ typed }) => typed)
  const from = new FromClause(context, object)
  const id = context.release.physical.column(object.name, 'id', from.alias)
  const compiled = compileConditions(from, conditions).map((one) => sql`(${one})::boolean`)
  const columns = sql.join([...compiled, sql`${id}`])
  const statement = sql`select ${columns} from ${from.toSql()} where ${id} = ${new Slot('id')} and ${from.visibleRows()}`
  return {
    read: prepareRead(statement),
    conditions,
    steps: told.map(({ name }) => name),
  }
}
