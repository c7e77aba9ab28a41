import type { Evaluator, FieldModel } from '@trellis/metamodel'

import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { type Failure, failure, message } from '../errors.ts'
import { evaluationContext, type Surroundings } from './evaluation.ts'

/** What fields ask of a change, compiled. */
export interface ValueChecks {
  stored: readonly FieldModel[]
  /** Fields that people fill, those that rest in the columns of others too. */
  entered: readonly FieldModel[]
  requiredWhen: readonly { field: FieldModel; evaluate: Evaluator; isSeen?: Evaluator }[]
  readOnlyWhen: readonly { field: FieldModel; evaluate: Evaluator }[]
}

/** Required fields that are empty, fields that may not be changed now, and values that may not be chosen any more. */
export function checkValues(
  checks: ValueChecks,
  change: RecordChange,
  around: Surroundings,
): Failure[] {
  const context = evaluationContext(change, around)
  const changed = new Set(changedFields(change))
  const isEmpty = (field: FieldModel): boolean =>
    columnsOf(field).every(({ name }) => (change.after[name] ?? null) === null)
  const missing = new Set(checks.entered.filter((field) => field.isRequired && isEmpty(field)))
  if (!change.isSystem) {
    for (const { field, evaluate, isSeen } of checks.requiredWhen) {
      // Nobody fills what no form shows.
      const isHidden = isSeen?.(context) === false
      if (isEmpty(field) && !isHidden && evaluate(context) === true) missing.add(field)
    }
  }
  const frozen = change.isSystem
    ? []
    : checks.readOnlyWhen.filter(
        ({ field, evaluate }) =>
          change.given.has(field.name) &&
          columnsOf(field).some(({ name }) => changed.has(name)) &&
          evaluate(context) === true,
      )
  const retired = checks.stored.filter(
    (field) => changed.has(field.name) && hasRetiredValue(field, change),
  )
  return [
    ...[...missing].map((field) =>
      failure(field.name, 'required', message('Needs a value', '不能为空')),
    ),
    ...frozen.map(({ field }) =>
      failure(field.name, 'read_only', message('Cannot be changed now', '当前不能修改')),
    ),
    ...retired.map((field) =>
      failure(
        field.name,
        'inactive_value',
        message('This value is not to be chosen any more', '该选项已停用'),
      ),
    ),
  ]
}

/** The fields in which a value rests. */
function columnsOf(field: FieldModel): readonly FieldModel[] {
  return field.members ?? [field]
}

function hasRetiredValue(field: FieldModel, change: RecordChange): boolean {
  if (change.isSystem || !field.values) return false
  const off = new Set(
    field.values.filter((value) => value.active === false).map((value) => value.code),
  )
  const codes = [change.after[field.name]].flat()
  const before = new Set([change.before?.values[field.name]].flat())
  return codes.some((code) => typeof code === 'string' && off.has(code) && !before.has(code))
}
