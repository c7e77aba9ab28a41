import type { RecordValues } from './conditions.ts'
import { isSameValue } from './diff-record.ts'

/** A field that both sides changed, differently. */
export interface FieldConflict {
  field: string
  base: unknown
  mine: unknown
  theirs: unknown
}

/** Three readings of a record brought together. */
export interface MergedRecord {
  /** Theirs, with my changes where they did not touch the field; conflicts still hold mine. */
  values: Record<string, unknown>
  conflicts: FieldConflict[]
  /** Fields that only they changed. */
  theirsOnly: string[]
}

/**
 * Brings my unsaved edit together with a newer version of the record, field by field.
 * @param fields the names that the form may write; everything else is taken from `theirs`
 */
export function resolveConflict(
  { base, mine, theirs }: { base: RecordValues; mine: RecordValues; theirs: RecordValues },
  fields: Iterable<string>,
): MergedRecord {
  const values: Record<string, unknown> = { ...theirs }
  const conflicts: FieldConflict[] = []
  const theirsOnly: string[] = []
  for (const field of fields) {
    const isMine = !isSameValue(base[field], mine[field])
    const isTheirs = !isSameValue(base[field], theirs[field])
    if (isMine) values[field] = mine[field]
    if (isTheirs && !isMine) theirsOnly.push(field)
    if (isMine && isTheirs && !isSameValue(mine[field], theirs[field])) {
      conflicts.push({ field, base: base[field], mine: mine[field], theirs: theirs[field] })
    }
  }
  return { values, conflicts, theirsOnly }
}
