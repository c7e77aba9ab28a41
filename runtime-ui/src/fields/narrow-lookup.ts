import { type DescribedField, RECORD_PREFIX } from '@trellis/metamodel'

import { asReference } from './reference.ts'

/** The records that a lookup offers: those that meet a condition, or none as long as a field that decides is empty. */
export type Narrowing = { where: unknown } | { needs: string }

/** What a lookup filter comes to for the record on the screen; undefined if the lookup offers every record. */
export function narrowLookup(
  { lookup_filter: filter }: Pick<DescribedField, 'lookup_filter'>,
  record: Readonly<Record<string, unknown>> | undefined,
): Narrowing | undefined {
  if (!filter || !record) return undefined
  let needs: string | undefined
  const fill = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(fill)
    if (typeof part !== 'object' || part === null) return part
    const name = 'var' in part ? [part.var].flat()[0] : undefined
    if (typeof name === 'string' && name.startsWith(RECORD_PREFIX)) {
      const field = name.slice(RECORD_PREFIX.length)
      const value = asReference(record[field])?.id ?? record[field] ?? null
      if (value === null || value === '') needs ??= field
      return value
    }
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, fill(inner)]))
  }
  const where = fill(filter.where)
  return needs === undefined ? { where } : { needs }
}
