import { type Component, shallowReactive } from 'vue'

/** How a field type is shown and how it is entered. Both take the props of `FieldView` and `FieldInput`. */
export interface FieldLook {
  view: Component
  input: Component
}

/** The looks that plugins bring, by field type. */
export const registeredLooks = shallowReactive(new Map<string, FieldLook>())

/**
 * Gives a field type its look; it goes before one that is built in.
 * @example registerFieldLook('credit_code', { view: CreditCodeView, input: CreditCodeInput })
 */
export function registerFieldLook(type: string, look: FieldLook): void {
  registeredLooks.set(type, look)
}
