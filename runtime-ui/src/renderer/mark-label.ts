import type { DescribedObject } from '@trellis/metamodel'

import { asReference, type FieldContext, formatValue } from '../fields/index.ts'
import { bucketLabel } from '../screens/bucket.ts'
import { fieldOf, type Tile } from '../screens/resolve-tile.ts'

interface MarkLabel {
  tile: Tile
  object: DescribedObject
  /** Which of the values grouped by: the first or the second. */
  at: number
  context: FieldContext
  /** How no value is called. */
  none: string
}

/** A value grouped by, in words: a picklist's label, a person's name, a month. */
export function markLabel(value: unknown, { tile, object, at, context, none }: MarkLabel): string {
  if (value === null || value === undefined || value === '') return none
  const by = tile.group_by?.[at]
  if (by?.bucket) return bucketLabel(String(value), by.bucket, context.locale)
  const field = by && fieldOf(object, by.field)
  if (field) return formatValue(field, value, { context, short: true }) || none
  return asReference(value)?.name ?? String(value)
}
