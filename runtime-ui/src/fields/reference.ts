import type { DescribedField, WireReference } from '@trellis/metamodel'

import { isFileType } from './file-value.ts'

/** A value as a reference, if it is one. */
export function asReference(value: unknown): WireReference | undefined {
  return typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string'
    ? (value as WireReference)
    : undefined
}

/** What of a field says where its references lead. */
type Referring = Pick<DescribedField, 'target' | 'targets' | 'type'>

/** Whether values of a field name another record. */
export function isReferenceField(field: Referring): boolean {
  return field.target !== undefined || field.targets !== undefined || field.type === 'user'
}

/** The object that a reference leads to: that of the field, or of several the one that the value says. */
export function targetOf(field: Referring, value?: unknown): string {
  if (field.targets) return asReference(value)?.object ?? field.targets[0] ?? ''
  return field.target ?? 'user'
}

/**
 * A value as it is written over the wire: references and files by id, an empty text as null.
 * @example writableValue(owner, { id: '0199…', name: '李蕾' }) // '0199…'
 */
export function writableValue(field: Referring, value: unknown): unknown {
  if (value === undefined || value === '') return null
  if (Array.isArray(value) && value.length === 0) return null
  if (field.targets) {
    const { id, object } = asReference(value) ?? {}
    return id === undefined ? null : { object, id }
  }
  const isById = isReferenceField(field) || isFileType(field.type)
  return isById ? (asReference(value)?.id ?? value) : value
}
