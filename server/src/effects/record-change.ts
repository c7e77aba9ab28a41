import { type FieldModel, isSameJson, type ObjectModel } from '@trellis/metamodel'

import type { StoredRecord, StoredValues } from './record-request.ts'

/** A save on its way: what was, what is to be, and what the caller gave. */
export interface RecordChange {
  op: 'create' | 'update'
  object: ObjectModel
  id: string
  before: StoredRecord | null
  after: StoredValues
  /** Fields that the caller gave, as opposed to defaults and derived values. */
  given: ReadonlySet<string>
  isSystem: boolean
  audit?: { at: string; by: string }
}

/** The fields whose value differs from before; on create those that have one. */
export function changedFields(change: Pick<RecordChange, 'before' | 'after'>): string[] {
  const before = change.before?.values
  return Object.keys(change.after).filter((name) => {
    const now = change.after[name] ?? null
    return before === undefined ? now !== null : !isSameJson(before[name] ?? null, now)
  })
}

/** A value as history and imports keep it: of a lookup of several objects, the one that has a value, with its object. */
export function keptValue(field: FieldModel, values: StoredValues): unknown {
  if (!field.members) return values[field.name] ?? null
  const own = field.members.find(({ name }) => (values[name] ?? null) !== null)
  return own ? { object: own.target, id: values[own.name] } : null
}
