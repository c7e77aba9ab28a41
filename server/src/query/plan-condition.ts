import {
  type Expression,
  type ExpressionProblem,
  type ExpressionScope,
  type FieldModel,
  objectScope,
  type ObjectModel,
  resolveExpression,
  resolveFieldPath,
  type TypedExpression,
} from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'
import { isReadable, readableFields, unreadableField } from './field-path.ts'

/** A condition as it was asked for, and where. */
export interface Asked {
  /** Parameter or dotted place in the body, e.g. `where`, `filter[amount][gte]`. */
  place: string
  expression: Expression
}

/**
 * Holds a condition against what the reader may see of an object: every name in it is there and readable,
 * also those of related records, and every value fits its field.
 */
export function planCondition(
  reader: Reader,
  object: ObjectModel,
  asked: Asked,
): TypedExpression | Failure[] {
  // Taken as a condition it would be met by no record, which is hardly what was meant.
  if (asked.expression === null) return [failure(asked.place, 'invalid_filter', NOT_A_CONDITION)]
  const hidden = new Map<string, Failure>()
  const scope = readableScope(reader, object, (name, field) =>
    hidden.set(name, unreadableField(asked.place, name, field)),
  )
  const { typed, problems } = resolveExpression(asked.expression, scope, 'boolean')
  const failures = [
    ...hidden.values(),
    ...problems.map((problem) => problemFailure(asked.place, problem)),
  ]
  return typed && failures.length === 0 ? typed : failures
}

const NOT_A_CONDITION = message('null is no condition', 'null 不是条件')

/** Whether a condition held. */
export function isTyped(outcome: TypedExpression | Failure[]): outcome is TypedExpression {
  return !Array.isArray(outcome)
}

/** Hears of every name that is there but may not be read. */
type OnHidden = (name: string, field: FieldModel) => void

function readableScope(reader: Reader, object: ObjectModel, onHidden: OnHidden): ExpressionScope {
  const { model } = reader.release
  const whole = objectScope(model, object, 'query')
  return {
    saving: false,
    field: (path) => {
      const resolved = resolveFieldPath(model.objects, object, path)
      const hidden =
        resolved && [...resolved.hops, resolved.field].find((field) => !isReadable(reader, field))
      if (hidden) onHidden(path, hidden)
      return whole.field(path)
    },
    relationship: (name) => {
      const relationship = object.relationships.get(name)
      const child = relationship && model.objects.get(relationship.object)
      const reference = child?.fields.get(relationship?.field ?? '')
      if (!child || !reference) return undefined
      if (!isReadable(reader, reference)) onHidden(name, reference)
      return readableScope(reader, child, onHidden)
    },
    fieldNames: () => readableFields(reader, object).map((field) => field.name),
    relationshipNames: () => [...object.relationships.keys()],
  }
}

/** What is wrong with an expression that stands at a place, as a failure. */
export function problemFailure(
  place: string,
  { code, path, message: text, suggestion }: ExpressionProblem,
): Failure {
  const at = path === '' ? place : `${place}.${path}`
  const more = suggestion === undefined ? {} : { suggestion }
  return failure(
    at,
    AMBIGUOUS.has(code) ? 'invalid_filter' : code,
    message(text['en-US'], text['zh-CN']),
    more,
  )
}

/** Words that mean something else about a request as a whole. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['malformed', 'too_large'])
