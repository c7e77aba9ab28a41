import type { TypedExpression } from '@trellis/metamodel'
import { sql } from 'kysely'

import { type BindParameter, parameterValue } from '../conditions/compile-expression.ts'
import { ActorValue } from './actor-value.ts'
import { userValues } from './actor.ts'
import type { Reader } from './reader.ts'

/**
 * Binds the constants of a tree with what they are for whoever runs the statement, then: the user, the time.
 *
 * @param fixed what is the same for everybody
 */
export function bindForReader(
  reader: Reader,
  typed: TypedExpression,
  fixed: { timeZone?: string } = {},
): BindParameter {
  return (parameter) => {
    const value = new ActorValue(reader, ({ actor, now = new Date() }) =>
      parameterValue(parameter, typed, {
        user: userValues(actor),
        now: now.toISOString(),
        timeZone: fixed.timeZone ?? actor.timeZone,
      }),
    )
    return sql`${value}`
  }
}
