import type { Mask } from '../mask.ts'
import type { FieldModel } from '../model/index.ts'

const OF_TYPES: ReadonlyMap<string, Mask> = new Map([
  ['phone', 'phone'],
  ['email', 'email'],
  ['number', 'amount'],
  ['currency', 'amount'],
  ['percent', 'amount'],
])

/**
 * The way in which a field is masked for those who may not know its value: as the field says (`sensitive`), else
 * by its type; of a name its first letter. Of chosen values, references, days and the like nothing can be shown in
 * part, and nothing is shown of what is derived: it could tell what the fields that it is made of keep back.
 */
export function maskOf({ name, type, values, definition }: FieldModel): Mask {
  const isWhole =
    (type.expressionType !== 'text' && !type.isSealed) ||
    type.isMarkup === true ||
    values !== undefined
  const usual = OF_TYPES.get(type.name) ?? (name === 'name' ? 'name' : 'full')
  if (definition.derive !== undefined || type.isComputed === true) return 'full'
  if (isWhole) return usual === 'amount' ? 'amount' : 'full'
  return definition.sensitive ?? usual
}
