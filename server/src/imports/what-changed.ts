import type { FieldModel } from '@trellis/metamodel'

import { keptValue } from '../effects/record-change.ts'
import type { StoredValues } from '../effects/record-request.ts'
import type { RecordBefore } from './import-job.ts'

/** The old values of the fields that differ now. */
export function whatChanged(
  writable: readonly FieldModel[],
  was: { version: number; values: StoredValues },
  now: StoredValues,
): RecordBefore {
  const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
  const changed = writable.filter(
    (field) => !isSame(keptValue(field, was.values), keptValue(field, now)),
  )
  return {
    version: was.version,
    values: Object.fromEntries(changed.map((field) => [field.name, keptValue(field, was.values)])),
  }
}
