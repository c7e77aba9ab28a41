import { createFieldTypes, type FieldType } from '@trellis/metamodel'

import type { Released } from './draft.ts'

/**
 * Types of live fields that only the server knows, because a plugin brings them: here they pass for texts, and
 * the server has the last word on their options.
 */
export function strangeTypes(released: Released): FieldType[] {
  const known = createFieldTypes()
  const text = known.get('text')
  if (!text) throw new Error('The field type text is not registered')
  const names = new Set<string>()
  for (const { kind, definition } of released.values()) {
    const { type } = definition as { type?: unknown }
    if (kind === 'field' && typeof type === 'string' && !known.has(type)) names.add(type)
  }
  return [...names].map((name) => ({ ...text, name, options: {} }))
}
