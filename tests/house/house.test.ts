import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import { createFieldTypes, KINDS } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { judgeComponents, readPackages } from '../../server/src/catalog/index.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { COLUMN_TYPES } from '../../server/src/schema/column-types.ts'
import { ROOT_DIR } from '../support/index.ts'

const IGNORED = new Set([
  'node_modules',
  'dist',
  '.git',
  '.data',
  '.data-maven',
  'coverage',
  'images',
  'results',
  'public',
])

function foldersOf(folder: string, depth: number): string[] {
  if (depth === 0) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !IGNORED.has(entry.name) && !entry.name.startsWith('.'),
    )
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return [relative(ROOT_DIR, path), ...foldersOf(path, depth - 1)]
    })
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT_DIR, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'),
    )
    .map((entry) => relative(ROOT_DIR, join(entry.parentPath, entry.name)))
}

describe('the house', () => {
  it('has a column and a look for every field type', () => {
    const read = (file: string): string => readFileSync(join(ROOT_DIR, file), 'utf8')
    const looks = ['views', 'inputs'].map((what) => read(`runtime-ui/src/fields/field-${what}.ts`))
    const missing = [...createFieldTypes().values()].filter((type) => {
      const hasLooks = looks.every((table) => new RegExp(`^  ${type.name}\\b`, 'm').test(table))
      return !(type.storage({}).as in COLUMN_TYPES) || !hasLooks
    })
    expect(missing.map((type) => type.name)).toEqual([])
  })

  it('writes object tables in one file only', () => {
    const writing = /\b(insert into|update|delete from)\s+\$\{[\w.]*physical\.table\(/
    const writers = sourcesOf('server/src').filter((file) =>
      writing.test(readFileSync(join(ROOT_DIR, file), 'utf8')),
    )
    expect(writers).toEqual(['server/src/records/write-record.ts'])
  })

  it('ships metadata without a problem', async () => {
    const { fieldTypes } = await loadPlugins(join(ROOT_DIR, 'plugins'))
    const packages = await readPackages(
      ['platform', 'crm'].map((app) => ({ app, folder: join(ROOT_DIR, 'metadata', app) })),
    )
    const components = packages.flatMap((one) => one.components)
    const { model, problems } = await judgeComponents(components, fieldTypes)
    expect([...packages.flatMap((one) => one.problems), ...problems]).toEqual([])
    expect(model?.objects.size).toBeGreaterThan(14)
    expect(Object.keys(KINDS).every((kind) => components.some((one) => one.kind === kind))).toBe(
      true,
    )
  })

  it('names every folder in the Code Map of the README', () => {
    const readme = readFileSync(join(ROOT_DIR, 'README.md'), 'utf8')
    const map = readme.slice(readme.indexOf('## Code Map'))
    const folders = [
      ...foldersOf(ROOT_DIR, 1),
      ...['metamodel/src', 'server/src', 'runtime-ui/src', 'studio/src', 'tests'].flatMap(
        (folder) => foldersOf(join(ROOT_DIR, folder), 1),
      ),
      ...foldersOf(join(ROOT_DIR, 'metadata'), 1),
      ...foldersOf(join(ROOT_DIR, 'migrations'), 1),
      ...foldersOf(join(ROOT_DIR, 'plugins'), 1),
    ]
    const unnamed = folders.filter((folder) => !map.includes(`${folder.split('/').at(-1)}/`))
    expect(unnamed).toEqual([])
  })
})
