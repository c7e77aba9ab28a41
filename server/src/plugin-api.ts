import type { FieldType } from '@trellis/metamodel'

/** What a plugin adds to the server. */
export interface Plugin {
  /** API name of the plugin; its field types begin with it. */
  name: string
  /** Field types with their meaning; their look is registered by the plugin's `ui.ts`. */
  fieldTypes?: readonly FieldType[]
}

/**
 * Declares a plugin. A plugin sees this file and the metamodel, nothing else of the server.
 * @example export const plugin = definePlugin({ name: 'credit_code', fieldTypes: [creditCode] })
 */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}
