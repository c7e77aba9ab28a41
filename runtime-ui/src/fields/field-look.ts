import { fieldInput } from './field-inputs.ts'
import { fieldView } from './field-views.ts'
import type { FieldLook } from './look-registry.ts'

/** The look of a type, for one that builds on another. */
export function fieldLook(type: string): FieldLook {
  return { view: fieldView(type), input: fieldInput(type) }
}
