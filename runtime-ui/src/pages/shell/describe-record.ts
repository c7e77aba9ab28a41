import type { DescribedObject, WireRecord } from '@trellis/metamodel'

import { type FieldContext, formatValue } from '../../fields/index.ts'
import { tellingNames } from '../../screens/resolve-twins.ts'

/** Types whose values say little without the name of their field. */
const MUTE = new Set(['number', 'percent', 'currency', 'date', 'datetime', 'checkbox'])

/**
 * What tells a record from others of its name, in a line.
 * @example describeRecord(account, record, context) // 'A · Active · 021-55550001 · Li Lei'
 */
export function describeRecord(
  object: DescribedObject,
  record: WireRecord,
  context: FieldContext,
): string {
  const parts = tellingNames(object).flatMap((name) => {
    const field = object.fields.find((one) => one.name === name)
    const text = field ? formatValue(field, record[name], { context, short: true, record }) : ''
    if (!field || text === '') return []
    return [MUTE.has(field.type) ? `${field.label} ${text}` : text]
  })
  return parts.join(' · ')
}
