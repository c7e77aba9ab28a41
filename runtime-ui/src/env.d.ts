/** Icons of lucide as data: shapes by icon name. */
declare module 'virtual:lucide-icons' {
  export const ICONS: Record<string, [tag: string, attributes: Record<string, string>][]>
}

/** The field types that plugins bring: their meaning, and their looks. */
declare module 'virtual:trellis-plugins' {
  import type { FieldType } from '@trellis/metamodel'
  import type { Component } from 'vue'

  export const fieldTypes: readonly FieldType[]

  export function installPlugins(
    registerFieldLook: (type: string, look: { view: Component; input: Component }) => void,
  ): void
}
