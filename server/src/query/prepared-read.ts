import { createHash } from 'node:crypto'

import type { TypedExpression } from '@trellis/metamodel'
import type { RawBuilder } from 'kysely'

import { ActorValue } from '../access/actor-value.ts'
import { userValues } from '../access/actor.ts'
import type { Context } from '../access/context.ts'
import { parameterValue, type SqlEnvironment } from '../conditions/compile-expression.ts'
import { toSqlText } from '../db/index.ts'
import type { Cells } from './cells.ts'
import { ConditionSlot, Slot, type SlotValues } from './slot.ts'

/** A statement that was compiled once; each request binds its own values. */
export interface PreparedRead {
  /** Names the text: PostgreSQL prepares it once per connection. */
  name: string
  text: string
  values: readonly unknown[]
}

/** What a request brings along for a statement. */
export interface Bindings {
  slots?: SlotValues
  /** Conditions of the shapes that the statement was compiled from, in that order. */
  conditions?: readonly TypedExpression[]
}

/** Compiles a statement. It is known by its text, so that PostgreSQL goes on with what a new release leaves as it is. */
export function prepareRead(statement: RawBuilder<unknown>): PreparedRead {
  const { text, values } = toSqlText(statement)
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22)
  return { name: digest, text, values }
}

/** Puts the values of a request into the slots of a statement and runs it. */
export function runPrepared(
  context: Context,
  read: PreparedRead,
  bindings: Bindings = {},
): Promise<Cells[]> {
  return context.db.read({
    name: read.name,
    text: read.text,
    values: bind(context, read, bindings),
  })
}

/** As `runPrepared`, for a statement that is asked once in a while and need not be prepared. */
export function runOnce(
  context: Context,
  read: PreparedRead,
  bindings: Bindings = {},
): Promise<Cells[]> {
  return context.db.read({ text: read.text, values: bind(context, read, bindings) })
}

function bind(
  context: Context,
  { values }: PreparedRead,
  { slots = {}, conditions = [] }: Bindings,
): unknown[] {
  let environment: SqlEnvironment | undefined
  return values.map((value) => {
    if (value instanceof ActorValue) return value.valueFor(context)
    if (value instanceof Slot) return slotValue(value, slots)
    if (!(value instanceof ConditionSlot)) return value
    environment ??= environmentOf(context)
    return conditionValue(value, conditions, environment)
  })
}

function slotValue({ name }: Slot, slots: SlotValues): unknown {
  const bound = slots[name]
  if (bound === undefined) throw new Error(`The slot ${name} has no value`)
  return bound
}

function conditionValue(
  { condition, parameter }: ConditionSlot,
  conditions: readonly TypedExpression[],
  environment: SqlEnvironment,
): unknown {
  const typed = conditions[condition]
  if (!typed) throw new Error(`The statement has no condition ${condition}`)
  return parameterValue(parameter, typed, environment)
}

function environmentOf({ actor, now }: Context): SqlEnvironment {
  return { user: userValues(actor), now: now.toISOString(), timeZone: actor.timeZone }
}
