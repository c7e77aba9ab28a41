import {
  type DescribedField,
  type DescribedLayout,
  type DescribedObject,
  type DescribedRecordType,
  type Locale,
  RECORD_TYPE,
} from '@trellis/metamodel'

import { checkRecord } from './check-record.ts'
import type { Conditions, RecordValues } from './conditions.ts'
import { writtenValue } from './diff-record.ts'
import { followRecordType, isOffered, layoutOf } from './record-types.ts'
import { resolveFormScreen } from './resolve-form-screen.ts'
import { wholeLayout } from './resolve-move.ts'

/** A record that is to be of another type. */
export interface TypeChangeInput {
  object: DescribedObject
  record: RecordValues
  type: string
  conditions: Conditions
  locale: Locale
}

/** What a change of type makes necessary. */
export interface TypeChange {
  /** The record as the dialog opens with it: what does not fit gives way to what the type chooses, or to nothing. */
  values: Record<string, unknown>
  /** Picklists with values that the type does not offer. */
  misfits: DescribedField[]
  /** What else has to be filled. */
  needed: DescribedField[]
  /** Fields with a value that the page of the new type does not show. */
  kept: DescribedField[]
}

/** The types that the caller may give a record instead of its own. */
export function otherTypes(object: DescribedObject, record: RecordValues): DescribedRecordType[] {
  const field = object.fields.find(({ name }) => name === RECORD_TYPE)
  if (!field || field.access !== 'edit' || field.read_only) return []
  const own = writtenValue(record[RECORD_TYPE])
  return object.record_types.filter(({ name, available }) => available && name !== own)
}

/** What has to be asked before a record becomes one of another type, and what becomes of the rest. */
export function resolveTypeChange(input: TypeChangeInput): TypeChange {
  const { object, record, type } = input
  const typed = { ...record, [RECORD_TYPE]: type }
  const misfits = object.fields.filter(
    (field) => field.name !== RECORD_TYPE && !isOffered(object, field, typed),
  )
  const values = followRecordType(object, withoutMisfits(object, typed, misfits))
  const asked = new Set(misfits.map(({ name }) => name))
  return {
    values,
    misfits,
    needed: missingFields({ ...input, values }).filter(({ name }) => !asked.has(name)),
    kept: leftOut(object, record, typed),
  }
}

/** The fields at which the record, with these values, would be refused or which its new page requires. */
export function missingFields(
  input: Omit<TypeChangeInput, 'type'> & { values: RecordValues },
): DescribedField[] {
  const { object, record: before, values: record, conditions, locale } = input
  const layout = wholeLayout(object, record)
  const screen = resolveFormScreen({ ...conditions, object, layout, record, before })
  const faults = checkRecord({ object, screen, record, before, conditions, locale })
  const named = new Set(faults.map(({ path }) => path))
  return screen.sections
    .flatMap(({ fields }) => fields)
    .filter(({ name, isReadOnly }) => named.has(name) && !isReadOnly)
    .map(({ field }) => field)
}

/** A value that the type does not offer is let go; of several, those that it offers stay. */
function withoutMisfits(
  object: DescribedObject,
  typed: RecordValues,
  misfits: readonly DescribedField[],
): Record<string, unknown> {
  const fitting = misfits.map((field): [string, unknown] => {
    const codes = [writtenValue(typed[field.name])].flat()
    const left = codes.filter((code) => isOffered(object, field, { ...typed, [field.name]: code }))
    return [field.name, field.type === 'multi_picklist' && left.length > 0 ? left : null]
  })
  return { ...typed, ...Object.fromEntries(fitting) }
}

function leftOut(
  object: DescribedObject,
  record: RecordValues,
  typed: RecordValues,
): DescribedField[] {
  const [before, after] = [placedOn(layoutOf(object, record)), placedOn(layoutOf(object, typed))]
  return object.fields.filter(
    ({ name }) => before.has(name) && !after.has(name) && writtenValue(record[name]) !== null,
  )
}

function placedOn(layout: DescribedLayout | undefined): Set<string> {
  const sections = layout?.sections ?? []
  return new Set(sections.flatMap(({ fields }) => fields.map(({ field }) => field)))
}
