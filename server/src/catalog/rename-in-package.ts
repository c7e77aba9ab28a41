import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { canonicalJson, componentFile, type FieldTypes } from '@trellis/metamodel'

import { readPackages } from './install-package.ts'
import { problemsError } from './publish-failures.ts'
import { planRename, type RenameOrder } from './rename-component.ts'

/**
 * Renames an object or a field in the files of a package, with everything that names it. A package stands on the
 * platform's, which lies beside it. Tenants that have it follow when they are brought up to date.
 * @returns the files that were written
 * @throws RequestError as `planRename` does
 */
export async function renameInPackage(
  folder: string,
  order: RenameOrder,
  fieldTypes: FieldTypes,
): Promise<string[]> {
  const folders = [join(dirname(folder), 'platform'), folder]
  const packages = await readPackages(
    folders.map((one) => ({ folder: one, app: basename(one).replaceAll('-', '_') })),
  )
  const problems = packages.flatMap((one) => one.problems)
  if (problems.length > 0) throw problemsError(problems)
  const [below, own] = packages.map(({ components }) => components)
  const packaged = (below ?? []).map((one) => ({ ...one, layer: 'app:platform' }))
  const layers = { packaged, patches: [], own: own ?? [] }
  const { put } = await planRename({ layers, edits: [] }, order, fieldTypes)
  const written: string[] = []
  for (const { kind, name, op, definition } of put) {
    const file = join(folder, componentFile(kind, name))
    if (op === 'delete') await rm(file)
    else {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, `${canonicalJson(definition, 2)}\n`)
      written.push(componentFile(kind, name))
    }
  }
  return written
}
