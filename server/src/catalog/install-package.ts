import { findConflicts, localize, type Locale, type PatchConflict } from '@trellis/metamodel'

import { type Layers, withPackage } from './layers.ts'
import { type PackageFiles, readPackage, withFiles } from './package-files.ts'
import type { Preview, PublishTarget } from './prepare-publish.ts'
import { previewPublish } from './preview-publish.ts'
import { type FileOf, problemsError } from './publish-failures.ts'
import { publishToTheEnd } from './publish-to-the-end.ts'
import type { Published } from './publish.ts'
import { followRenames } from './rename-component.ts'

/** Several packages go in together, since they may refer to each other. */
export async function readPackages(
  folders: readonly { folder: string; app: string }[],
): Promise<PackageFiles[]> {
  return Promise.all(folders.map(({ folder, app }) => readPackage(folder, app)))
}

/** Packages that were installed. */
export interface Installed extends Published {
  /** What the customer and these packages both changed: the customer's is in force until somebody decides. */
  conflicts: PatchConflict[]
}

/**
 * Installs packages, or brings them up to date, as one release. The same packages a second time plan nothing.
 * @throws RequestError invalid_metadata with every problem, each with its file
 */
export async function installPackages(
  target: PublishTarget,
  packages: readonly PackageFiles[],
  order: { by: string | null; now: Date; label: string },
): Promise<Installed> {
  const fileOf = filesOf(packages)
  if (packages.some((one) => one.problems.length > 0)) {
    const { plan } = await previewPackages(target, packages)
    throw problemsError(plan.problems, fileOf)
  }
  let conflicts: PatchConflict[] = []
  const published = await publishToTheEnd(target, {
    ...order,
    fileOf,
    next: async (layers) => {
      const next = await withPackages(layers, packages, target.fieldTypes)
      conflicts = findConflicts(next.packaged, next.patches)
      return next
    },
  })
  return { ...published, conflicts }
}

async function withPackages(
  layers: Layers,
  packages: readonly PackageFiles[],
  fieldTypes: PublishTarget['fieldTypes'],
): Promise<Layers> {
  const over = (on: Layers): Layers =>
    packages.reduce((next, one) => withPackage(next, one.app, one.components), on)
  return over(await followRenames(layers, over(layers), fieldTypes))
}

/** Where each component lies, and each file that holds none. */
export function filesOf(packages: readonly PackageFiles[]): FileOf {
  const all = packages.flatMap((one) => [...one.components, ...one.problems])
  const files = new Map(all.map(({ kind, name, file }) => [`${kind} ${name}`, file]))
  return (kind, name) => files.get(`${kind} ${name}`)
}

/** What installing packages would do, and what of it the customer has changed too. Reads only. */
export async function previewPackages(
  target: PublishTarget,
  packages: readonly PackageFiles[],
): Promise<Preview & Pick<Installed, 'conflicts'>> {
  let conflicts: PatchConflict[] = []
  const preview = await previewPublish(
    target,
    async (layers) => {
      const next = await withPackages(layers, packages, target.fieldTypes)
      conflicts = findConflicts(next.packaged, next.patches)
      return next
    },
    { isTesting: true },
  )
  const unreadable = packages.flatMap((one) => one.problems)
  if (unreadable.length === 0) return { ...preview, conflicts }
  return { ...preview, conflicts, plan: { problems: [...unreadable, ...preview.plan.problems] } }
}

/** Problems as lines for a terminal: file, place, sentence. */
export function problemLines(problems: Parameters<typeof withFiles>[0], locale: Locale): string[] {
  return withFiles(problems).map(
    (one) =>
      `${one.file ?? `${one.kind} ${one.name}`}${one.path === '' ? '' : ` ${one.path}`}: ${localize(one.message, locale)}`,
  )
}
