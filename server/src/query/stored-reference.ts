import { type FieldModel, isRecordId } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import { maskFor, shownValue } from './mask-cells.ts'
import { FILES, type ReferenceNames } from './name-references.ts'

/** The id in a reference as history keeps it: `"<id>"`, or `{"id": "<id>"}`. */
export function referredId(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : value
  return isRecordId(id) ? id : undefined
}

/** What a kept value of a field refers to: records, of which a lookup of several objects says the object, or files. */
export function referredBy(
  field: FieldModel | undefined,
  value: unknown,
): { object: string; id: string }[] {
  const id = referredId(value)
  if (field?.type.fileLimits) return id === undefined ? [] : [{ object: FILES, id }]
  const named = typeof value === 'object' && value !== null && 'object' in value && value.object
  const object = field?.members
    ? field.members.find(({ target }) => target === named)?.target
    : field?.target
  return id === undefined || object === undefined ? [] : [{ object, id }]
}

/** A kept value as the reader may know it: masked if its field is, references and files with the names that they may see. */
export function toldValue(
  reader: Reader,
  field: FieldModel | undefined,
  value: unknown,
  names: ReferenceNames,
): unknown {
  if (field === undefined) return null
  if (maskFor(reader, field) !== undefined) return shownValue(reader, field, value)
  const [referred] = referredBy(field, value)
  if (!referred) return value ?? null
  const { object, id } = referred
  return { id, name: names(object, id), ...(field.members ? { object } : {}) }
}
