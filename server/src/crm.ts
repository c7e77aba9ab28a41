import { basename, resolve } from 'node:path'

import type { PatchConflict } from '@trellis/metamodel'
import { sql } from 'kysely'

import { makeOneTimePassword } from './access/passwords.ts'
import { rotateSeals } from './access/rotate-seals.ts'
import { createSignIn } from './access/sign-in.ts'
import { systemContext } from './access/system-context.ts'
import {
  type BrokenLink,
  type Checkpoint,
  CheckpointsDamaged,
  checkpointsFile,
  loadCheckpoints,
  noteCheckpoint,
  verifyAudit,
} from './audit/index.ts'
import { describeChange } from './catalog/describe-change.ts'
import {
  examine,
  flatten,
  layersInForce,
  installPackages,
  type PackageFiles,
  previewPackages,
  problemLines,
  readPackage,
  runTests,
  writePackage,
} from './catalog/index.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { scoreDuplicatesFile, tellRecordDuplicates } from './duplicate-commands.ts'
import { ensureDemo } from './ensure-demo.ts'
import { errorText } from './error-text.ts'
import { RequestError } from './errors.ts'
import { ensureAdministrator } from './first-administrator.ts'
import { scoreFormulaFile } from './formula-commands.ts'
import { importFile } from './imports/index.ts'
import { type Installation, openInstallation, openPlatform, type Platform } from './installation.ts'
import { compareAccess, renameInFiles, writeSchemas } from './package-commands.ts'
import { purgeRetired } from './purge-command.ts'
import { performOne } from './records/perform.ts'
import { runTenantCommand, TENANT_USAGE } from './tenant-commands.ts'
import { resealValues } from './tenants/reseal-values.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/**
 * A command of `npm run crm`: what it takes, what it does: with the data of a tenant, with all tenants, or alone. It
 * answers the exit code.
 */
type Command = { usage: string } & (
  | { run(installation: Installation, args: readonly string[]): Promise<number> }
  | { runAbove(platform: Platform, args: readonly string[]): Promise<number> }
  | { runAlone(config: Config, args: readonly string[]): Promise<number> }
)

const COMMANDS: Readonly<Record<string, Command>> = {
  audit: {
    usage:
      'audit verify [--day 2026-11-22] [--checkpoints <file>]\n' +
      '                              whether the chain of the audit log holds, and is that of the checkpoints\n' +
      '  audit checkpoint            write down now how far it has come',
    run: audit,
  },
  secrets: {
    usage: 'secrets rotate              a new key for what is sealed, while servers run',
    run: secrets,
  },
  doctor: {
    usage: 'doctor                      metadata, tables and indexes agree, both ways',
    run: doctor,
  },
  purge: {
    usage:
      'purge [--days 30]           drop for good what has been out of use for so long, with its data',
    run: purgeOld,
  },
  plan: { usage: 'plan <folder>               what publishing a package would do', run: plan },
  publish: {
    usage: 'publish <folder>            install a package, or bring it up to date',
    run: publishFolder,
  },
  test: {
    usage: 'test                        run the tests of the release in force',
    run: test,
  },
  export: {
    usage: 'export <folder>             write all metadata in force as files',
    run: exportFolder,
  },
  import: {
    usage: 'import <object> <file>      create records from a CSV or XLSX file',
    run: importRows,
  },
  user: { usage: 'user add <email> <name> [permission set …]', run: addUser },
  schemas: {
    usage:
      'schemas <folder>            write a JSON Schema for the files of each kind, for editors',
    runAlone: async ({ rootDir }, [folder]) => {
      const path = pathOf(folder)
      return tell([`${await writeSchemas(rootDir, path)} files in ${path}`])
    },
  },
  rename: {
    usage:
      'rename <folder> object|field <name> <new name>\n' +
      '                              rename in the files of a package, everywhere that it is named',
    runAlone: async ({ rootDir }, [folder, ...order]) =>
      tell(await renameInFiles(rootDir, pathOf(folder), order)),
  },
  'access-snapshot': {
    usage:
      'access-snapshot <folder> [--write]\n' +
      '                              who may do what by a package: compare with its file, or write it',
    runAlone: accessSnapshot,
  },
  'formula-score': {
    usage:
      'formula-score <file>        rows of a file of formulas that have its answers, in JavaScript and SQL',
    run: async ({ db }, [file]) => tell(await scoreFormulaFile(pathOf(file), db)),
  },
  'duplicates-find': {
    usage: 'duplicates-find <object>    groups of records that may be about the same thing',
    run: async ({ db, currentModel: { release } }, [name]) =>
      tell(await tellRecordDuplicates(db, release, name)),
  },
  'duplicates-score': {
    usage:
      'duplicates-score <csv> --truth <column> [--truth-pattern <regex>]\n' +
      '                              how well duplicate rows of a file are found, by a column that knows them',
    runAlone: async (_, [file, ...options]) =>
      tell(await scoreDuplicatesFile(pathOf(file), options)),
  },
  tenant: {
    usage: TENANT_USAGE,
    runAbove: async (platform, args) => {
      if (!(await runTenantCommand(platform, args, say))) throw new UsageError()
      return 0
    },
  },
  demo: { usage: 'demo                        load the demo data into an empty tenant', run: demo },
}

async function audit(
  { db, target, config }: Installation,
  [word, ...options]: readonly string[],
): Promise<number> {
  const { day, file = checkpointsFile(config.dataDir) } = auditOptions(word, options)
  if (word === 'checkpoint') return tellCheckpoint(await noteCheckpoint(db, target.schema, file))
  const checkpoints = await loadCheckpoints(target.schema, file)
  const found = await verifyAudit(db, target.schema, { day, checkpoints })
  const { entries, days, broken, last } = found
  if (broken) {
    say(`Broken at ${broken.day}.${broken.number}: ${BROKEN[broken.fault]}`)
    say(`${entries} entries were read`)
    return 1
  }
  say(`${entries} entries of ${days} days, each in its place`)
  if (last) say(`The last link is ${last.day}.${last.number} ${last.hash}`)
  say(`${checkpoints.length} checkpoints in ${file}`)
  return 0
}

function auditOptions(
  word: string | undefined,
  options: readonly string[],
): { day?: string; file?: string } {
  if (word !== 'verify' && (word !== 'checkpoint' || options.length > 0)) throw new UsageError()
  const found: { day?: string; file?: string } = {}
  for (let at = 0; at < options.length; at += 2) {
    const [option, value] = [options[at], options[at + 1]]
    if (option === '--checkpoints') found.file = pathOf(value)
    else if (option === '--day' && value !== undefined && DAY.test(value)) found.day = value
    else throw new UsageError()
  }
  return found
}

const DAY = /^\d{4}-\d\d-\d\d$/

function tellCheckpoint(checkpoint: Checkpoint | undefined): number {
  if (checkpoint) say(`${checkpoint.day}.${checkpoint.number} ${checkpoint.hash}`)
  else say('The audit log is empty')
  return 0
}

const BROKEN: Readonly<Record<BrokenLink['fault'], string>> = {
  altered: 'the entry is not the one that was written there',
  missing: 'the entry is gone',
  surplus: 'nobody wrote the entry',
  previous: 'the day does not begin with the last link of the day before',
  remade: 'the log up to here is another than the one of the checkpoint',
}

async function secrets(
  { db, currentModel, config, platform }: Installation,
  [word, ...rest]: readonly string[],
): Promise<number> {
  if (word !== 'rotate' || rest.length > 0) throw new UsageError()
  const rotation = await rotateSeals(db, currentModel.release, config.dataDir, () =>
    resealValues(platform.nodes, config.dataDir),
  )
  if ('waitSeconds' in rotation) {
    say(`The key was changed a moment ago: wait ${rotation.waitSeconds} seconds`)
    return 1
  }
  say(`There is a new key; ${rotation.resealed} values were sealed anew`)
  return 0
}

async function purgeOld(
  installation: Installation,
  [option = '--days', days = '30', ...more]: readonly string[],
): Promise<number> {
  if (option !== '--days' || !/^\d{1,5}$/.test(days) || more.length > 0) throw new UsageError()
  for (const line of await purgeRetired(installation, Number(days))) say(line)
  return 0
}

async function doctor({ db, target }: Installation): Promise<number> {
  const found = await examine(db, target.schema, target.fieldTypes)
  for (const one of found) say(`  ${one.code} ${one.place}: ${one.message['en-US']}`)
  say(found.length === 0 ? 'Metadata, tables and indexes agree' : `${found.length} disagreements`)
  return found.length === 0 ? 0 : 1
}

/** A path as the caller meant it: npm changes the working directory. */
function pathOf(written: string | undefined): string {
  if (written === undefined) throw new UsageError()
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), written)
}

/** The package that a folder holds; its name is the folder's. */
async function packageOf(folder: string | undefined): Promise<PackageFiles> {
  const path = pathOf(folder)
  return readPackage(path, basename(path).replaceAll('-', '_'))
}

async function plan({ target }: Installation, [folder]: readonly string[]): Promise<number> {
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

async function publishFolder(
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

async function test({ target }: Installation): Promise<number> {
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

async function exportFolder(
  { target }: Installation,
  [folder]: readonly string[],
): Promise<number> {
  const path = pathOf(folder)
  const files = await writePackage(path, flatten(await layersInForce(target.db, target.schema)))
  say(`${files.length} files in ${path}`)
  return 0
}

async function accessSnapshot(
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

async function importRows(
  installation: Installation,
  [object, file]: readonly string[],
): Promise<number> {
  if (object === undefined) throw new UsageError()
  const path = pathOf(file)
  const { db, currentModel } = installation
  const admin = await ensureAdministrator(installation, installation.config)
  const context = systemContext(db, currentModel.release, admin.userId, 'import')
  const options = { path, fileName: basename(path), object, mode: 'create' as const }
  const job = await importFile(installation, context, options, {
    onProgress: (now) => say(`  ${now.processed} of ${now.total} rows`),
  })
  for (const note of job.notes) say(`  ${note}`)
  for (const one of job.errors) {
    say(`  row ${one.row}${one.column === null ? '' : `, ${one.column}`}: ${one.message}`)
  }
  say(`${job.created} created, ${job.updated} updated, ${job.failed} failed`)
  return job.failed === 0 ? 0 : 1
}

async function addUser(
  installation: Installation,
  [word, email, name, ...sets]: readonly string[],
): Promise<number> {
  if (word !== 'add' || email === undefined || name === undefined) throw new UsageError()
  const { db, currentModel } = installation
  const admin = await ensureAdministrator(installation, installation.config)
  const context = systemContext(db, currentModel.release, admin.userId, 'system')
  const values = { name, email, permission_sets: sets.length > 0 ? sets : null, active: true }
  const made = await performOne(context, { op: 'create', object: 'user', values, as: 'system' })
  const password = makeOneTimePassword()
  await createSignIn(db, {
    email,
    password,
    userId: made.id,
    tenant: installation.config.tenant,
    mustChange: true,
  })
  say(`${email} signs in with the one-time password ${password}`)
  return 0
}

/** Says lines; none at all mean that the words were not understood. */
function tell(lines: readonly string[] | undefined): number {
  if (!lines) throw new UsageError()
  for (const line of lines) say(line)
  return 0
}

async function demo(installation: Installation): Promise<number> {
  const admin = await ensureAdministrator(installation, installation.config)
  await ensureDemo(installation, admin.userId, say)
  const [row] = await installation.db.query<{ total: number }>(
    sql`select count(*)::int as total from ${installation.currentModel.release.physical.table('account')}`,
  )
  say(`${row?.total ?? 0} accounts`)
  return 0
}

/** The words of the command were not understood. */
class UsageError extends Error {}

async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2)
  const command = COMMANDS[name]
  if (!command) {
    say(
      `npm run crm -- <command>\n${Object.values(COMMANDS)
        .map((one) => `  ${one.usage}`)
        .join('\n')}`,
    )
    return name === '' || name === 'help' ? 0 : 2
  }
  try {
    return await runCommand(command, args)
  } catch (error) {
    if (error instanceof UsageError) say(`npm run crm -- ${command.usage}`)
    else if (error instanceof RequestError) reportRefusal(error)
    else if (error instanceof CheckpointsDamaged) say(error.message)
    else throw error
    return error instanceof UsageError ? 2 : 1
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const config = loadConfig()
  if ('runAlone' in command) return command.runAlone(config, args)
  if ('runAbove' in command) {
    const platform = await openPlatform(config, () => undefined, { beside: true })
    return command.runAbove(platform, args).finally(() => platform.close())
  }
  const installation = await openInstallation(config, () => undefined, { beside: true })
  try {
    return await command.run(installation, args)
  } finally {
    await installation.close()
  }
}

function reportRefusal(error: RequestError): void {
  say(`${error.code}: ${error.message}`)
  for (const failure of error.details.failures ?? []) {
    say(`  ${failure.path}: ${failure.message['en-US']}`)
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  const isForeseen = error instanceof ConfigError
  process.stderr.write(`${errorText(error, isForeseen)}\n`)
  process.exitCode = 1
}
