import { localize, type Locale } from '@trellis/metamodel'

import { RequestError } from '../errors.ts'
import { failure } from '../errors.ts'
import { withPackage } from './layers.ts'
import { type PackageFiles, readPackage, withFiles } from './package-files.ts'
import {
  previewPublish,
  type Preview,
  publish,
  type Published,
  type PublishTarget,
} from './publish.ts'

/** Several packages go in together, since they may refer to each other. */
export async function readPackages(
  folders: readonly { folder: string; app: string }[],
): Promise<PackageFiles[]> {
  return Promise.all(folders.map(({ folder, app }) => readPackage(folder, app)))
}

/**
 * Installs packages, or brings them up to date, as one release. The same packages a second time plan nothing.
 * @throws RequestError invalid_metadata with every problem, each with its file
 */
export async function installPackages(
  target: PublishTarget,
  packages: readonly PackageFiles[],
  order: { by: string | null; now: Date; label: string },
): Promise<Published> {
  requireReadable(packages)
  return publish(target, {
    ...order,
    next: (layers) =>
      packages.reduce((next, one) => withPackage(next, one.app, one.components), layers),
  })
}

/** What installing packages would do. Reads only. */
export async function previewPackages(
  target: PublishTarget,
  packages: readonly PackageFiles[],
): Promise<Preview> {
  requireReadable(packages)
  return previewPublish(target, (layers) =>
    packages.reduce((next, one) => withPackage(next, one.app, one.components), layers),
  )
}

function requireReadable(packages: readonly PackageFiles[]): void {
  const problems = packages.flatMap((one) => one.problems)
  if (problems.length === 0) return
  throw new RequestError('invalid_metadata', {
    failures: problems.map((problem) => failure(problem.file, problem.code, problem.message)),
  })
}

/** Problems as lines for a terminal: file, place, sentence. */
export function problemLines(problems: Parameters<typeof withFiles>[0], locale: Locale): string[] {
  return withFiles(problems).map(
    (one) =>
      `${one.file ?? `${one.kind} ${one.name}`}${one.path === '' ? '' : ` ${one.path}`}: ${localize(one.message, locale)}`,
  )
}
