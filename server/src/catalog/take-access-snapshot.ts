import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { compileModel, type FieldTypes } from '@trellis/metamodel'

import {
  ACCESS_SNAPSHOT,
  describeAccessSnapshot,
  diffSnapshots,
} from './describe-access-snapshot.ts'
import { readPackages } from './install-package.ts'
import { problemsError } from './publish-failures.ts'

/** Who may do what by the metadata of a package, and what its file says differently. */
export interface AccessSnapshot {
  file: string
  text: string
  /** The lines that differ; none if the file is as it should be. */
  difference: string[]
}

/**
 * Compares the access snapshot of a package with its metadata. A package stands on the platform's, which lies beside it.
 * @throws RequestError invalid_metadata
 */
export async function takeAccessSnapshot(
  folder: string,
  fieldTypes: FieldTypes,
): Promise<AccessSnapshot> {
  const folders = new Set([join(dirname(folder), 'platform'), folder])
  const packages = await readPackages(
    [...folders].map((one) => ({ folder: one, app: basename(one).replaceAll('-', '_') })),
  )
  const components = packages.flatMap((one) => one.components)
  const { model, problems } = compileModel(components, fieldTypes)
  if (!model) throw problemsError(problems)
  const text = describeAccessSnapshot(model)
  const file = join(folder, ACCESS_SNAPSHOT)
  const written = await readFile(file, 'utf8').catch(() => '')
  return { file, text, difference: diffSnapshots(written, text) }
}
