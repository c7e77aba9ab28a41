import { createFieldTypes, type FieldType, type FieldTypes } from '@trellis/metamodel'
import { fieldTypes as fromPlugins } from 'virtual:trellis-plugins'

import type { Released } from './draft.ts'

/**
 * The field types of this installation, those of plugins with the meaning that the server gives them too. A type of
 * a live field that no plugin brought to the browser passes for a text; of that the server has the last word.
 */
export function knownTypes(released: Released): FieldTypes {
  const known = createFieldTypes(fromPlugins)
  const text = known.get('text')
  if (!text) throw new Error('The field type text is not registered')
  const strangers = new Map<string, FieldType>()
  for (const { kind, definition } of released.values()) {
    const { type: name } = definition as { type?: unknown }
    if (kind === 'field' && typeof name === 'string' && !known.has(name)) {
      strangers.set(name, { ...text, name, options: {} })
    }
  }
  return new Map([...known, ...strangers])
}
