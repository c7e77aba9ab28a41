import type { DescribedField, WireReference } from '@trellis/metamodel'

/** A value as a reference, if it is one. */
export function asReference(value: unknown): WireReference | undefined {
  return typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string'
    ? (value as WireReference)
    : undefined
}

/** Whether values of a field name another record. */
export function isReferenceField(field: Pick<DescribedField, 'target' | 'type'>): boolean {
  return field.target !== undefined || field.type === 'user'
}

/** The object that a reference field refers to. */
export function targetOf(field: Pick<DescribedField, 'target' | 'type'>): string {
  return field.target ?? 'user'
}

/**
 * A value as it is written over the wire: references by id, an empty text as null.
 * @example writableValue(owner, { id: '0199…', name: '李蕾' }) // '0199…'
 */
export function writableValue(
  field: Pick<DescribedField, 'target' | 'type'>,
  value: unknown,
): unknown {
  if (value === undefined || value === '') return null
  if (Array.isArray(value) && value.length === 0) return null
  return isReferenceField(field) ? (asReference(value)?.id ?? value) : value
}
