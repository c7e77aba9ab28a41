interface MarkupPolicies {
  createPolicy(name: string, rules: { createHTML: (markup: string) => string | null }): unknown
}

/**
 * The browser refuses texts where it expects markup or scripts (`require-trusted-types-for`). The one text that is let
 * through says nothing: charts empty their place with it when they are taken away. Call it before anything is drawn.
 */
export function guardMarkup(): void {
  const policies: MarkupPolicies | undefined = Reflect.get(window, 'trustedTypes')
  policies?.createPolicy('default', { createHTML: (markup) => (markup === '' ? '' : null) })
}
