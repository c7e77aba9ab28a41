import type { Expression } from '@trellis/metamodel'
import { aggregateRecords } from '@trellis/runtime-ui/api'

/** A picklist whose values records hold, as it is live. */
export interface ValuePlace {
  object: string
  field: string
  /** Whether a record may have several. */
  isList: boolean
}

/** True for the records that have a value. */
export function havingValue({ field, isList }: ValuePlace, code: string): Expression {
  return isList ? { includes: [{ var: field }, [code]] } : { '==': [{ var: field }, code] }
}

/** How many live records there are, all of them or those for which a condition is true. */
export async function countRecords(
  object: string,
  where?: Expression,
  signal?: AbortSignal,
): Promise<number> {
  const { groups } = await aggregateRecords(
    object,
    { ...(where === undefined ? {} : { where }), measures: [{ fn: 'count', as: 'records' }] },
    signal,
  )
  return Number(groups[0]?.['records'] ?? 0)
}
