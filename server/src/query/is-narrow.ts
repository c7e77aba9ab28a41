import type { ObjectModel, TypedExpression } from '@trellis/metamodel'

/** Whether an index leads to the few records that meet all of the conditions: those of one parent, of one name. */
export function isNarrow({
  object,
  conditions,
}: {
  object: ObjectModel
  conditions: readonly TypedExpression[]
}): boolean {
  return conditions.some((condition) => narrows(object, condition))
}

function narrows(object: ObjectModel, typed: TypedExpression): boolean {
  if (typed.kind !== 'operation') return false
  if (typed.operator === 'and') return typed.operands.some((one) => narrows(object, one))
  if (typed.operator !== '==' && typed.operator !== 'in') return false
  return typed.operands.some((one) => one.kind === 'field' && leadsToFew(object, one.name))
}

function leadsToFew({ fields }: ObjectModel, name: string): boolean {
  const field = fields.get(name)
  if (!field) return false
  return name === 'id' || name === 'name' || field.target !== undefined || field.isUnique
}
