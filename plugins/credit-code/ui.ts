import { type Component, defineAsyncComponent } from 'vue'

/** Gives the field type `credit_code` its look: readable blocks, and an input that checks as one types. */
export function install(
  registerFieldLook: (type: string, look: { view: Component; input: Component }) => void,
): void {
  registerFieldLook('credit_code', {
    view: defineAsyncComponent(() => import('./CreditCodeView.vue')),
    input: defineAsyncComponent(() => import('./CreditCodeInput.vue')),
  })
}
