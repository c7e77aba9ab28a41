import { controlledCodes, type FieldModel, isTold, type Rights } from '@trellis/metamodel'

import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { type Failure, failure, message } from '../errors.ts'

/**
 * Values of picklists that the value of the field that controls them does not offer: of those that change, and of all
 * that a changed field controls. What the house itself writes is not asked.
 */
export function checkControlled(change: RecordChange, rights: Rights): Failure[] {
  const { object, op, isSystem } = change
  if (isSystem) return []
  const changed = new Set(changedFields(change))
  return [...object.fields.values()].flatMap((field): Failure[] => {
    const control = field.definition.controlled_by
    if (control === undefined) return []
    const isAsked = op === 'create' || changed.has(field.name) || changed.has(control.field)
    return isAsked && !isOffered(change, field) ? [misfit(change, field, rights)] : []
  })
}

function isOffered({ after }: RecordChange, field: FieldModel): boolean {
  const control = field.definition.controlled_by
  const chosen = [after[field.name] ?? null].flat().filter((code) => code !== null)
  if (control === undefined || chosen.length === 0) return true
  const offered = controlledCodes(control, after[control.field] ?? null)
  return chosen.every((code) => offered.includes(String(code)))
}

/** Told at the picklist; to who may not know it, at the field that controls it. */
function misfit({ object }: RecordChange, field: FieldModel, rights: Rights): Failure {
  const control = field.definition.controlled_by?.field ?? ''
  const controlling = object.fields.get(control)
  if (isTold(rights.field(field)) || !controlling || !isTold(rights.field(controlling))) {
    return failure(
      isTold(rights.field(field)) ? field.name : '',
      'not_offered',
      message('This value cannot be chosen here', '此处不能选择该选项'),
    )
  }
  return failure(
    control,
    'not_offered',
    message('This value does not fit the record', '该取值与记录的其他内容不符'),
  )
}
