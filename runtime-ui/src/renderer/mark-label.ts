import type { Bucket, DescribedField } from '@trellis/metamodel'

import { asReference, type FieldContext, formatValue } from '../fields/index.ts'
import { bucketLabel } from '../screens/bucket.ts'

interface MarkLabel {
  /** The field that is grouped by. */
  field: DescribedField | undefined
  bucket: Bucket | undefined
  context: FieldContext
  /** How no value is called. */
  none: string
}

/** A value grouped by, in words: a picklist's label, a person's name, a month. */
export function markLabel(value: unknown, { field, bucket, context, none }: MarkLabel): string {
  if (value === null || value === undefined || value === '') return none
  if (bucket) return bucketLabel(String(value), bucket, context.locale)
  if (field) return formatValue(field, value, { context, short: true }) || none
  return asReference(value)?.name ?? String(value)
}
