import { type Component, shallowReactive } from 'vue'

import { BUILT_IN_LOOKS } from './built-in-looks.ts'

/** How a field type is shown and how it is entered. Both take the props of `FieldView` and `FieldInput`. */
export interface FieldLook {
  view: Component
  input: Component
}

const looks = shallowReactive(
  new Map<string, FieldLook>(
    Object.entries(BUILT_IN_LOOKS).map(([type, [view, input]]) => [type, { view, input }]),
  ),
)

/**
 * Gives a field type its look; the later one wins, so that a plugin may replace one that is built in.
 * @example registerFieldLook('credit_code', { view: CreditCodeView, input: CreditCodeInput })
 */
export function registerFieldLook(type: string, look: FieldLook): void {
  looks.set(type, look)
}

/** The look of a type; that of a text if nobody gave one. */
export function fieldLook(type: string): FieldLook {
  const look = looks.get(type) ?? looks.get('text')
  if (look === undefined) throw new Error('The built-in field looks are not registered')
  return look
}
