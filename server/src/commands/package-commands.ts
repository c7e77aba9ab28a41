import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { canonicalJson } from '@trellis/metamodel'

import { requireKind } from '../catalog/index.ts'
import { kindSchemas } from '../catalog/kind-schemas.ts'
import { renameInPackage } from '../catalog/rename-in-package.ts'
import { takeAccessSnapshot } from '../catalog/take-access-snapshot.ts'
import { loadPlugins } from '../plugin-host.ts'

/** Writes a JSON Schema for the files of each kind into a folder. @returns how many */
export async function writeSchemas(rootDir: string, folder: string): Promise<number> {
  const { fieldTypes } = await loadPlugins(join(rootDir, 'plugins'))
  await mkdir(folder, { recursive: true })
  const schemas = kindSchemas(fieldTypes)
  for (const [kind, schema] of schemas) {
    await writeFile(join(folder, `${kind}.schema.json`), `${canonicalJson(schema, 2)}\n`)
  }
  return schemas.size
}

/** Renames an object or a field in the files of a package. @returns the files that were written */
export async function renameInFiles(
  rootDir: string,
  folder: string,
  [kind = '', name = '', to = '']: readonly string[],
): Promise<string[]> {
  const { fieldTypes } = await loadPlugins(join(rootDir, 'plugins'))
  return renameInPackage(folder, { kind: requireKind(kind), name, to }, fieldTypes)
}

/** Compares who may do what by a package with its file; where asked, the file is brought up to date. */
export async function compareAccess(
  rootDir: string,
  folder: string,
  isWritten: boolean,
): Promise<readonly string[]> {
  const { fieldTypes } = await loadPlugins(join(rootDir, 'plugins'))
  const { file, text, difference } = await takeAccessSnapshot(folder, fieldTypes)
  if (difference.length > 0 && isWritten) await writeFile(file, text)
  return difference
}
