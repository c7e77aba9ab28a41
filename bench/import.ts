import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Sessions } from '../server/src/access/sessions.ts'
import { loadConfig } from '../server/src/config.ts'
import { ensureAdministrator } from '../server/src/first-administrator.ts'
import { openInstallation } from '../server/src/installation.ts'
import { makeImportCases } from './import-files.ts'
import { HEAD, lineOf, toMarkdown } from './import-report.ts'
import { type ImportResult, measureImport } from './measure-import.ts'
import { seed } from './seed.ts'
import { type Server, startServer } from './servers.ts'
import { type BenchGround, withPostgres } from './with-postgres.ts'

const RESULTS = fileURLToPath(new URL('results/', import.meta.url))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const FULL = 100_000
const rows = Number(process.env['BENCH_ROWS'] ?? FULL)
const only = process.env['BENCH_ONLY'] ?? ''
const sizes = { rows, accounts: 20_000, users: 200 }

await withPostgres('import', { say }, async (own) => {
  const server = await prepareServer(own)
  try {
    await run(server, own)
  } finally {
    await server.stop()
  }
})

/** The CRM app with parents to refer to, on a server of its own. */
async function prepareServer({ databaseUrl, dataDir }: BenchGround): Promise<Server> {
  const environment = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, DEMO: 'none' }
  // One who was given a password must first choose another; this administrator has brought their own.
  const administrator = {
    ADMIN_EMAIL: 'admin@bench.example',
    ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
  }
  const config = loadConfig({
    ...environment,
    ...administrator,
    STATEMENT_TIMEOUT_MS: '3600000',
  })
  const installation = await openInstallation(config, say)
  try {
    const { userId } = await ensureAdministrator(installation, config)
    say(`Making ${sizes.accounts} accounts`)
    const { db, currentModel } = installation
    await seed(db, currentModel.release, { ...sizes, opportunities: 1000 })
    const { token, csrfToken } = await new Sessions(db, 'main').start({ tenant: 'main', userId })
    const admin = { cookie: `trellis_session=${token}`, 'x-csrf-token': csrfToken }
    return await startServer(
      {
        name: 'engine',
        entry: '../server/src/main.ts',
        probe: '/readyz',
        environment: { ...environment, LOG_LEVEL: 'error' },
      },
      { admin, rep: admin },
    )
  } finally {
    await installation.close()
  }
}

async function run(server: Server, { postmaster }: BenchGround): Promise<void> {
  const results: ImportResult[] = []
  say(`\n${HEAD}`)
  const cases = makeImportCases(sizes).filter(({ name }) => name.includes(only))
  for (const one of cases) {
    const found = await measureImport({ server, postmaster }, one)
    results.push(...found)
    for (const result of found) say(lineOf(result))
  }
  if (rows !== FULL || only !== '') return
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, 'import.md'), toMarkdown(results, ground()))
}

function ground(): string[] {
  return [
    new Date().toISOString(),
    `node ${process.version}`,
    'PostgreSQL 18, embedded, as it is set up for `npm start`',
    `cores ${availableParallelism()}`,
    `load at the end ${loadavg()[0]?.toFixed(1)}`,
    cpus()[0]?.model ?? '',
    `accounts ${sizes.accounts}`,
    `users ${sizes.users}`,
  ]
}
