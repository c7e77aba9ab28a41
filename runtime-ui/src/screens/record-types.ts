import {
  controlledCodes,
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
 * A picklist as the record offers it: as its type says, in the order of the type, and as the field says that controls
 * the picklist. What is not offered stays known, so that a
 * value that a record has can be shown, but is not to be chosen.
 */
export function asOffered(
  object: DescribedObject,
  field: DescribedField,
  record: RecordValues,
): DescribedField {
  const { values } = field
  if (values === undefined) return field
  const codes = offeredCodes(object, field, record)
  if (codes === undefined) return field
  const offered = codes.flatMap((code) => values.find((value) => value.code === code) ?? [])
  const others = values.filter((value) => !codes.includes(value.code))
  return { ...field, values: [...offered, ...others.map((one) => ({ ...one, active: false }))] }
}

/** Whether a record offers the value that a picklist of it has. */
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
  const ofType = recordTypeOf(object, record)?.values[field.name]?.codes
  const { controlled_by: control } = field
  if (control === undefined) return ofType
  const controlled = controlledCodes(control, writtenValue(record[control.field] ?? null))
  return ofType === undefined ? controlled : ofType.filter((code) => controlled.includes(code))
}

/** The values after a field was changed: picklists that it controls, and those that they control, lose what does not fit. */
export function clearControlled(
  object: DescribedObject,
  values: RecordValues,
  changed: string,
): Record<string, unknown> {
  const controlled = object.fields.filter((field) => field.controlled_by?.field === changed)
  return controlled.reduce<Record<string, unknown>>(
    (after, field) =>
      isOffered(object, field, after)
        ? after
        : clearControlled(object, { ...after, [field.name]: null }, field.name),
    { ...values },
  )
}
