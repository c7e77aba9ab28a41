import type { FieldModel } from '@trellis/metamodel'

const TELLING: ReadonlySet<string> = new Set([
  'text',
  'email',
  'phone',
  'url',
  'date',
  'credit_code',
])

/** Whether the values of a field say what a record is about, as choices, sums and references to others do not. */
export function isTelling({ type, isSystem, isVirtual, name, values }: FieldModel): boolean {
  if (isVirtual === true || values !== undefined) return false
  return (name === 'name' && type.name === 'text') || (!isSystem && TELLING.has(type.name))
}
