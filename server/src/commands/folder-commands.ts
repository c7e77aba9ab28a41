import { basename } from 'node:path'

import type { PatchConflict } from '@trellis/metamodel'

import { describeChange } from '../catalog/describe-change.ts'
import {
  flatten,
  installPackages,
  layersInForce,
  type PackageFiles,
  previewPackages,
  problemLines,
  readPackage,
  runTests,
  writePackage,
} from '../catalog/index.ts'
import type { Config } from '../config.ts'
import type { Installation } from '../installation.ts'
import { pathOf, say } from './command.ts'
import { compareAccess } from './package-commands.ts'

/** The package that a folder holds; its name is the folder's. */
async function packageOf(folder: string | undefined): Promise<PackageFiles> {
  const path = pathOf(folder)
  return readPackage(path, basename(path).replaceAll('-', '_'))
}

/** What publishing the package of a folder would do. */
export async function plan({ target }: Installation, [folder]: readonly string[]): Promise<number> {
  const found = await packageOf(folder)
  const preview = await previewPackages(target, [found])
  const { ready, problems } = preview.plan
  for (const line of problemLines(problems, 'en-US')) say(`  ${line}`)
  if (!ready) return 1
  for (const change of ready.changes) say(`  ${describeChange(change, 'en-US')}`)
  for (const step of ready.steps) {
    say(
      `  [${step.class}] ${step.title['en-US']}\n${step.sql.map((line) => `      ${line}`).join('\n')}`,
    )
  }
  sayConflicts(preview.conflicts)
  for (const finding of preview.findings) {
    say(`  ${finding.severity}: ${finding.kind} ${finding.name}: ${finding.message['en-US']}`)
  }
  say(
    ready.changes.length === 0
      ? 'Nothing to do'
      : `${ready.changes.length} changes, ${ready.steps.length} steps`,
  )
  return preview.findings.some((finding) => finding.severity === 'error') ? 1 : 0
}

function sayConflicts(conflicts: readonly PatchConflict[]): void {
  for (const { kind, name, path, isGone } of conflicts) {
    say(
      isGone
        ? `  conflict: ${kind} ${name} is gone from the package, and was changed here (${path})`
        : `  conflict: ${kind} ${name}: ${path} was changed here and in the package; what is here stays in force`,
    )
  }
}

/** Installs the package of a folder, or brings it up to date. */
export async function publishFolder(
  { target }: Installation,
  [folder]: readonly string[],
): Promise<number> {
  const found = await packageOf(folder)
  const done = await installPackages(target, [found], {
    by: null,
    now: new Date(),
    label: `Package ${found.app}`,
  })
  sayConflicts(done.conflicts)
  for (const change of done.changes) say(`  ${describeChange(change, 'en-US')}`)
  say(
    done.changes.length === 0
      ? `Nothing to do: release ${done.release} is in force`
      : `Release ${done.release}: ${done.changes.length} changes`,
  )
  return 0
}

/** Runs the tests of the release in force. */
export async function test({ target }: Installation): Promise<number> {
  const { run } = await runTests(target)
  const failed = run.outcomes.filter(({ status }) => status !== 'passed')
  for (const { name, status, failures } of failed) {
    say(`  ${status.replace('_', ' ')}: ${name}`)
    for (const { path, message } of failures) say(`      ${path}: ${message['en-US']}`)
  }
  const passed = run.outcomes.length - failed.length
  say(`${passed} passed, ${failed.length} not, in ${(run.ms / 1000).toFixed(1)} s`)
  return failed.length === 0 ? 0 : 1
}

/** Writes all metadata in force as files. */
export async function exportFolder(
  { target }: Installation,
  [folder]: readonly string[],
): Promise<number> {
  const path = pathOf(folder)
  const files = await writePackage(path, flatten(await layersInForce(target.db, target.schema)))
  say(`${files.length} files in ${path}`)
  return 0
}

/** Compares who may do what by a package with its file. */
export async function accessSnapshot(
  { rootDir }: Config,
  [folder, flag]: readonly string[],
): Promise<number> {
  const isWritten = flag === '--write'
  const difference = await compareAccess(rootDir, pathOf(folder), isWritten)
  for (const line of difference) say(line)
  if (difference.length === 0) say('Nobody may do more or less than the file says')
  else if (!isWritten) say('With --write the file is brought up to date')
  return difference.length === 0 || isWritten ? 0 : 1
}
