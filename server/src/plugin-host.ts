import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { createFieldTypes, type FieldTypes } from '@trellis/metamodel'

import type { Plugin } from './plugin-api.ts'

/** What the plugins of an installation add up to. */
export interface LoadedPlugins {
  names: string[]
  fieldTypes: FieldTypes
}

/**
 * Loads every plugin below a folder: `plugins/<name>/{plugin.json, server.ts}`.
 * @throws Error naming the plugin if it does not load, or if it takes a name that is not its own
 */
export async function loadPlugins(folder: string): Promise<LoadedPlugins> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .toSorted()
  const plugins = await Promise.all(folders.map(loadPlugin))
  return {
    names: plugins.map((plugin) => plugin.name),
    fieldTypes: createFieldTypes(plugins.flatMap((plugin) => plugin.fieldTypes ?? [])),
  }
}

async function loadPlugin(folder: string): Promise<Plugin> {
  const { name } = JSON.parse(await readFile(join(folder, 'plugin.json'), 'utf8')) as {
    name: string
  }
  const { plugin } = (await import(pathToFileURL(join(folder, 'server.ts')).href)) as {
    plugin?: Plugin
  }
  if (plugin?.name !== name) {
    throw new Error(`Plugin ${name}: server.ts must export a plugin of that name`)
  }
  const stranger = plugin.fieldTypes?.find((type) => !type.name.startsWith(name))
  if (stranger) {
    throw new Error(
      `Plugin ${name}: the field type ${stranger.name} does not begin with the plugin's name`,
    )
  }
  return plugin
}
