import { readFileSync } from 'node:fs'

import fc from 'fast-check'
import jsonLogic from 'json-logic-js'
import { describe, expect, it } from 'vitest'

import {
  compileEvaluator,
  evaluateExpression,
  type EvaluationContext,
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  type ExpressionValue,
  InvalidExpression,
  OPERATOR_NAMES,
  type RecordSource,
} from './index.ts'

type VectorFields = { readonly [path: string]: ExpressionType | VectorFields }

interface Vector {
  readonly name: string
  readonly fields: VectorFields
  readonly record: RecordSource
  readonly before?: RecordSource | null
  readonly user?: RecordSource
  readonly now?: string
  readonly time_zone?: string
  readonly fiscal_year_start?: number
  readonly expression: Expression
  readonly value: ExpressionValue
}

const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('vectors.json', import.meta.url), 'utf8'),
)

function scopeOf(fields: VectorFields, saving: boolean): ExpressionScope {
  return {
    saving,
    field: (path) => {
      const type = fields[path]
      return typeof type === 'string' ? { type } : undefined
    },
    relationship: (name) => {
      const related = fields[name]
      return typeof related === 'object' ? scopeOf(related, false) : undefined
    },
  }
}

const NOW = '2026-11-21T08:00:00.000Z'
const SHANGHAI = { now: NOW, timeZone: 'Asia/Shanghai' }

function contextOf(vector: Vector): EvaluationContext {
  return {
    record: vector.record,
    ...('before' in vector ? { before: vector.before ?? null } : {}),
    user: vector.user,
    now: vector.now ?? NOW,
    timeZone: vector.time_zone ?? 'Asia/Shanghai',
    fiscalYearStart: vector.fiscal_year_start ?? 1,
  }
}

describe('the shared vectors', () => {
  it.each(VECTORS)('$name', (vector) => {
    const scope = scopeOf(vector.fields, 'before' in vector)
    expect(evaluateExpression(vector.expression, scope, contextOf(vector))).toEqual(vector.value)
  })

  it('cover every operator', () => {
    const text = JSON.stringify(VECTORS.map(({ expression }) => expression))
    expect(OPERATOR_NAMES.filter((name) => !text.includes(`{"${name}":`))).toEqual([])
  })
})
