/** Icons of lucide as data: shapes by icon name. */
declare module 'virtual:lucide-icons' {
  export const ICONS: Record<string, [tag: string, attributes: Record<string, string>][]>
}

/** The looks that plugins bring for their field types. */
declare module 'virtual:trellis-plugins' {
  import type { Component } from 'vue'

  export function installPlugins(
    registerFieldLook: (type: string, look: { view: Component; input: Component }) => void,
  ): void
}
