import { randomBytes } from 'node:crypto'
import { basename, resolve } from 'node:path'

import { sql } from 'kysely'

import { createSignIn } from './access/sign-in.ts'
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
  writePackage,
} from './catalog/index.ts'
import { ConfigError, loadConfig } from './config.ts'
import { MAIN_TENANT } from './db/index.ts'
import { ensureDemo } from './ensure-demo.ts'
import { errorText } from './error-text.ts'
import { RequestError } from './errors.ts'
import { ensureAdministrator } from './first-administrator.ts'
import { importFile } from './imports/index.ts'
import { type Installation, openInstallation, systemContext } from './installation.ts'
import { performOne } from './records/perform.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** A command of `npm run crm`: what it takes, what it does. It answers the exit code. */
interface Command {
  usage: string
  run(installation: Installation, args: readonly string[]): Promise<number>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  doctor: {
    usage: 'doctor                      metadata, tables and indexes agree, both ways',
    run: doctor,
  },
  plan: { usage: 'plan <folder>               what publishing a package would do', run: plan },
  publish: {
    usage: 'publish <folder>            install a package, or bring it up to date',
    run: publishFolder,
  },
  export: {
    usage: 'export <folder>             write all metadata in force as files',
    run: exportFolder,
  },
  import: { usage: 'import <object> <csv>       create records from a CSV file', run: importCsv },
  user: { usage: 'user add <email> <name> [permission set …]', run: addUser },
  demo: { usage: 'demo                        load the demo data into an empty tenant', run: demo },
}

async function doctor({ db, target }: Installation): Promise<number> {
  const found = await examine(db, target.schema, target.fieldTypes)
  for (const one of found) say(`  ${one.code} ${one.place}: ${one.message['en-US']}`)
  say(found.length === 0 ? 'Metadata, tables and indexes agree' : `${found.length} disagreements`)
  return found.length === 0 ? 0 : 1
}

/** The package that a folder holds; its name is the folder's. */
async function packageOf(folder: string | undefined): Promise<PackageFiles> {
  if (folder === undefined) throw new UsageError()
  const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), folder)
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
  for (const change of done.changes) say(`  ${describeChange(change, 'en-US')}`)
  say(
    done.changes.length === 0
      ? `Nothing to do: release ${done.release} is in force`
      : `Release ${done.release}: ${done.changes.length} changes`,
  )
  return 0
}

async function exportFolder(
  { target }: Installation,
  [folder]: readonly string[],
): Promise<number> {
  if (folder === undefined) throw new UsageError()
  const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), folder)
  const files = await writePackage(path, flatten(await layersInForce(target.db, target.schema)))
  say(`${files.length} files in ${path}`)
  return 0
}

async function importCsv(
  installation: Installation,
  [object, file]: readonly string[],
): Promise<number> {
  if (object === undefined || file === undefined) throw new UsageError()
  const { db, currentModel } = installation
  const admin = await ensureAdministrator(installation, installation.config)
  const context = systemContext(db, currentModel.release, admin.userId, 'import')
  const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), file)
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
  const password = randomBytes(12).toString('base64url')
  await createSignIn(db, {
    email,
    password,
    userId: made.id,
    tenant: MAIN_TENANT.name,
    mustChange: true,
  })
  say(`${email} signs in with the one-time password ${password}`)
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
  const installation = await openInstallation(loadConfig(), () => undefined, { beside: true })
  try {
    return await command.run(installation, args)
  } catch (error) {
    if (error instanceof UsageError) say(`npm run crm -- ${command.usage}`)
    else if (error instanceof RequestError) reportRefusal(error)
    else throw error
    return error instanceof UsageError ? 2 : 1
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
