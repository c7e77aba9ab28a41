import {
  type DescribedField,
  type DescribedLayout,
  type DescribedObject,
  type DescribedRecordType,
  RECORD_TYPE,
} from '@trellis/metamodel'

import type { RecordValues } from './conditions.ts'
import { writtenValue } from './diff-record.ts'

/** The type of a record; undefined for one without. */
export function recordTypeOf(
  object: DescribedObject,
  record: RecordValues,
): DescribedRecordType | undefined {
  const name = writtenValue(record[RECORD_TYPE])
  return object.record_types.find((type) => type.name === name)
}

/** The type with which a new record opens: the default, or the first that the caller may choose. */
export function firstRecordType(object: DescribedObject): DescribedRecordType | undefined {
  const usable = object.record_types.filter((type) => type.available)
  return usable.find((type) => type.default) ?? usable[0]
}

/** The layout of a record: the first that is for its type, else the first that is for all. */
export function layoutOf(
  object: DescribedObject,
  record: RecordValues,
): DescribedLayout | undefined {
  const type = writtenValue(record[RECORD_TYPE])
  const layouts = object.page_layouts
  return (
    layouts.find(({ record_types: types }) => types?.includes(String(type)) === true) ??
    layouts.find(({ record_types: types }) => types === undefined) ??
    layouts[0]
  )
}

/**
 * A picklist as the type of a record offers it, in the order of the type. What is not offered stays known, so that a
 * value that a record has can be shown, but is not to be chosen.
 */
export function asOffered(
  object: DescribedObject,
  field: DescribedField,
  record: RecordValues,
): DescribedField {
  const { values } = field
  if (values === undefined || object.record_types.length === 0) return field
  const codes = offeredCodes(object, field, record)
  if (codes === undefined) return field
  const offered = codes.flatMap((code) => values.find((value) => value.code === code) ?? [])
  const others = values.filter((value) => !codes.includes(value.code))
  return { ...field, values: [...offered, ...others.map((one) => ({ ...one, active: false }))] }
}

/** Whether the type of a record offers a value of a picklist. */
export function isOffered(
  object: DescribedObject,
  field: DescribedField,
  record: RecordValues,
): boolean {
  const codes = offeredCodes(object, field, record)
  const value = writtenValue(record[field.name])
  return (
    codes === undefined ||
    [value].flat().every((one) => one === null || codes.includes(String(one)))
  )
}

/** The values after another type was chosen: what it does not offer gives way to what it chooses, if it does. */
export function followRecordType(
  object: DescribedObject,
  values: RecordValues,
): Record<string, unknown> {
  const followed: Record<string, unknown> = { ...values }
  for (const [name, { default: chosen }] of Object.entries(
    recordTypeOf(object, values)?.values ?? {},
  )) {
    const field = object.fields.find((one) => one.name === name)
    if (!field || chosen === undefined) continue
    const isEmpty = writtenValue(values[name] ?? null) === null
    if (!isEmpty && isOffered(object, field, values)) continue
    followed[name] = field.type === 'multi_picklist' ? [chosen] : chosen
  }
  return followed
}

function offeredCodes(
  object: DescribedObject,
  field: DescribedField,
  record: RecordValues,
): readonly string[] | undefined {
  if (field.name === RECORD_TYPE) {
    return object.record_types.filter((type) => type.available).map((type) => type.name)
  }
  return recordTypeOf(object, record)?.values[field.name]?.codes
}
