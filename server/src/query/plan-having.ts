import {
  type Expression,
  type ExpressionScope,
  resolveExpression,
  type ScopeField,
  type TypedExpression,
} from '@trellis/metamodel'

import type { Failure } from '../errors.ts'
import type { GroupKey, PlannedMeasure } from './aggregate-plan.ts'
import { problemFailure } from './plan-condition.ts'

/** What a condition on groups may name. */
export interface Grouped {
  groups: readonly GroupKey[]
  measures: readonly PlannedMeasure[]
}

/** Holds a condition on groups against what they have: their keys and their measures. */
export function planHaving(
  { groups, measures }: Grouped,
  having: Expression | undefined,
): { typed: TypedExpression | undefined; failures: Failure[] } {
  if (having === undefined) return { typed: undefined, failures: [] }
  const fields = new Map<string, ScopeField>([
    ...groups.map(({ name, path, bucket }): [string, ScopeField] => [
      name,
      groupField(path.field, bucket !== undefined),
    ]),
    ...measures.map(({ name, type }): [string, ScopeField] => [name, { type }]),
  ])
  const scope: ExpressionScope = {
    saving: false,
    field: (name) => fields.get(name),
    fieldNames: () => [...fields.keys()],
  }
  const { typed, problems } = resolveExpression(having, scope, 'boolean')
  const failures = problems.map((problem) => problemFailure('having', problem))
  return { typed, failures }
}

function groupField({ type, values }: GroupKey['path']['field'], hasBucket: boolean): ScopeField {
  if (hasBucket) return { type: 'date' }
  return {
    type: type.expressionType,
    ...(values ? { values: values.map((value) => value.code) } : {}),
  }
}
