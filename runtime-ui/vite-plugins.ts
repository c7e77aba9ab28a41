import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import type { Plugin, PluginOption } from 'vite'

import { ICON_NAMES } from './src/ui/icon-names.ts'

const PLUGINS_FOLDER = fileURLToPath(new URL('../plugins/', import.meta.url))

/** What both front ends are built with: Vue, Element Plus on demand, the icons, and the looks that plugins bring. */
export function uiPlugins(): PluginOption[] {
  return [
    vue(),
    components({ resolvers: [ElementPlusResolver()], dts: false, dirs: [] }),
    leaveOutSchemas(),
    virtualModule('virtual:lucide-icons', iconModule),
    virtualModule('virtual:trellis-plugins', pluginModule),
  ]
}

/** A schema that nobody reads makes no difference: without this, every page would load the schema builder. */
function leaveOutSchemas(): Plugin {
  return {
    name: 'trellis:leave-out-schemas',
    config: () => ({
      build: {
        rolldownOptions: {
          treeshake: {
            manualPureFunctions: ['Type'],
            moduleSideEffects: [{ test: /node_modules\/typebox\//, sideEffects: false }],
          },
        },
      },
    }),
  }
}

/** A module that is made of text instead of being read from a file. */
function virtualModule(id: string, text: () => string): Plugin {
  const resolved = `\0${id}`
  return {
    name: id,
    resolveId: (wanted) => (wanted === id ? resolved : undefined),
    load: (wanted) => (wanted === resolved ? text() : undefined),
  }
}

type IconShape = [tag: string, attributes: Record<string, string>]

/** `export const ICONS = { name: [[tag, attributes], …] }`: shapes as data, so that no markup is ever injected. */
function iconModule(): string {
  const file = createRequire(import.meta.url).resolve('@iconify-json/lucide/icons.json')
  const all = JSON.parse(readFileSync(file, 'utf8')) as {
    icons: Record<string, { body: string }>
    aliases?: Record<string, { parent: string }>
  }
  const shapes: Record<string, IconShape[]> = {}
  for (const name of ICON_NAMES) {
    const body = (all.icons[name] ?? all.icons[all.aliases?.[name]?.parent ?? ''])?.body
    if (body === undefined) throw new Error(`lucide has no icon "${name}"`)
    shapes[name] = shapesOf(body)
  }
  return `export const ICONS = ${JSON.stringify(shapes)}`
}

const PRESENTATION = /^(fill|stroke|stroke-linecap|stroke-linejoin|stroke-width)$/

function shapesOf(body: string): IconShape[] {
  return [...body.matchAll(/<(path|circle|rect|line|polyline|polygon|ellipse)\b([^>]*?)\/?>/g)].map(
    ([, tag = '', text = '']) => {
      const attributes = [...text.matchAll(/([\w-]+)="([^"]*)"/g)]
        .map(([, key = '', value = '']): [string, string] => [key, value])
        .filter(([key]) => !PRESENTATION.test(key))
      return [tag, Object.fromEntries(attributes)]
    },
  )
}

/** Every `plugins/<name>/ui.ts`: `installPlugins(registerFieldLook)` calls its `install`, `fieldTypes` has its types. */
function pluginModule(): string {
  const names = existsSync(PLUGINS_FOLDER) ? readdirSync(PLUGINS_FOLDER).toSorted() : []
  const files = names
    .map((name) => `${PLUGINS_FOLDER}${name}/ui.ts`)
    .filter((file) => existsSync(file))
  const imports = files.map((file, i) => `import * as plugin${i} from ${JSON.stringify(file)}`)
  const calls = files.map((_, i) => `  plugin${i}.install(registerFieldLook)`)
  const types = files.map((_, i) => `...(plugin${i}.fieldTypes ?? [])`).join(', ')
  return [
    ...imports,
    `export const fieldTypes = [${types}]`,
    'export function installPlugins(registerFieldLook) {',
    ...calls,
    '}',
  ].join('\n')
}
