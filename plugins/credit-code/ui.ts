import type { FieldType } from '@trellis/metamodel'
import { type Component, defineAsyncComponent } from 'vue'

import { creditCode } from './field-type.ts'

/** Field types for browsers that check definitions: the same meaning as on the server. */
export const fieldTypes: readonly FieldType[] = [creditCode]

/** Gives the field type `credit_code` its look: readable blocks, and an input that checks as one types. */
export function install(
  registerFieldLook: (type: string, look: { view: Component; input: Component }) => void,
): void {
  registerFieldLook('credit_code', {
    view: defineAsyncComponent(() => import('./CreditCodeView.vue')),
    input: defineAsyncComponent(() => import('./CreditCodeInput.vue')),
  })
}
