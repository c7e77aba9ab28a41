import type { DescribedField, DescribedObject, WireRecord } from '@trellis/metamodel'

import { isSameValue, writtenValue } from './diff-record.ts'

/** A field in which records that are to be merged differ. */
export interface MergeRow {
  field: DescribedField
  /** The record whose value is kept unless somebody chooses: the survivor's, or the first that has one. */
  usual: string
}

/** The fields in which records differ and between whose values may be chosen, in the order of the object. */
export function resolveMerge(
  object: DescribedObject,
  records: readonly WireRecord[],
  survivor: string,
): MergeRow[] {
  const inOrder = records.toSorted((a, b) => Number(b.id === survivor) - Number(a.id === survivor))
  const [first] = inOrder
  if (!first) return []
  return object.fields.filter(isChosen).flatMap((field) => {
    const isAlike = inOrder.every((one) => isSameValue(one[field.name], first[field.name]))
    if (isAlike) return []
    const filled = inOrder.find((one) => writtenValue(one[field.name]) !== null)
    return [{ field, usual: (filled ?? first).id }]
  })
}

function isChosen({ name, access, read_only, system, derive }: DescribedField): boolean {
  return access === 'edit' && !read_only && derive === undefined && (!system || NAMED.has(name))
}

const NAMED: ReadonlySet<string> = new Set(['name', 'owner'])

/** What the server is told: the fields whose value comes from another record than the survivor. */
export function takenFields(
  rows: readonly MergeRow[],
  chosen: Readonly<Record<string, string>>,
  survivor: string,
): Record<string, string> {
  return Object.fromEntries(
    rows
      .map(({ field, usual }) => [field.name, chosen[field.name] ?? usual] as const)
      .filter(([, from]) => from !== survivor),
  )
}
