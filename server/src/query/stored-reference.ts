import { type FieldModel, isRecordId } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import { maskFor, shownValue } from './mask-cells.ts'
import type { ReferenceNames } from './name-references.ts'

/** The id in a reference as history keeps it: `"<id>"`, or `{"id": "<id>"}`. */
export function referredId(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : value
  return isRecordId(id) ? id : undefined
}

/** A kept value as the reader may know it: masked if its field is, references with the names that they may see. */
export function toldValue(
  reader: Reader,
  field: FieldModel | undefined,
  value: unknown,
  names: ReferenceNames,
): unknown {
  if (field === undefined) return null
  if (maskFor(reader, field) !== undefined) return shownValue(reader, field, value)
  const id = field.target === undefined ? undefined : referredId(value)
  return field.target === undefined || id === undefined
    ? (value ?? null)
    : { id, name: names(field.target, id) }
}
