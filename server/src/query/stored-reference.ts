import { isRecordId } from '@trellis/metamodel'

import type { ReferenceNames } from './name-references.ts'

/** The id in a reference as history keeps it: `"<id>"`, or `{"id": "<id>"}`. */
export function referredId(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : value
  return isRecordId(id) ? id : undefined
}

/** A kept value as it goes over the wire: references get the names that the reader may see. */
export function withName(
  value: unknown,
  target: string | undefined,
  names: ReferenceNames,
): unknown {
  const id = target === undefined ? undefined : referredId(value)
  return target === undefined || id === undefined
    ? (value ?? null)
    : { id, name: names(target, id) }
}
