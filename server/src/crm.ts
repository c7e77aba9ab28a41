import { CheckpointsDamaged } from './audit/index.ts'
import { type Command, pathOf, say, tell, UsageError } from './commands/command.ts'
import { scoreDuplicatesFile, tellRecordDuplicates } from './commands/duplicate-commands.ts'
import {
  accessSnapshot,
  exportFolder,
  plan,
  publishFolder,
  test,
} from './commands/folder-commands.ts'
import { scoreFormulaFile } from './commands/formula-commands.ts'
import { audit, doctor, purgeOld, secrets } from './commands/operation-commands.ts'
import { renameInFiles, writeSchemas } from './commands/package-commands.ts'
import { addUser, demo, importRows } from './commands/record-commands.ts'
import { runTenantCommand, TENANT_USAGE } from './commands/tenant-commands.ts'
import { ConfigError, loadConfig } from './config.ts'
import { errorText } from './error-text.ts'
import { RequestError } from './errors.ts'
import { openInstallation, openPlatform } from './installation.ts'

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
      'rename <folder> object|field|<kind of rule> <name> <new name>\n' +
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
