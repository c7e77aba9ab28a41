import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Sessions } from '../server/src/access/sessions.ts'
import { loadConfig } from '../server/src/config.ts'
import { ensureAdministrator } from '../server/src/first-administrator.ts'
import { openInstallation } from '../server/src/installation.ts'
import { call, measurePublish, prepare, type PublishResult } from './measure-publish.ts'
import { SteadyLoad } from './publish-load.ts'
import { FIELDS, OPERATIONS, VALUES } from './publish-operations.ts'
import { HEAD, lineOf, toMarkdown } from './publish-report.ts'
import { fill, seed, sqlId } from './seed.ts'
import { type Server, startServer } from './servers.ts'
import { type BenchGround, withPostgres } from './with-postgres.ts'

const RESULTS = fileURLToPath(new URL('results/', import.meta.url))
const WARM_UP_MS = 15_000
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    rate: { type: 'string', default: '200' },
    only: { type: 'string', default: '' },
    save: { type: 'boolean', default: false },
  },
})
const rows = Number(options.rows)
const perSecond = Number(options.rate)
const accounts = Math.max(200, Math.round(rows / 10))

const settings = { max_wal_size: '8GB', shared_buffers: '1GB', synchronous_commit: 'off' }
await withPostgres('publish', { settings, say }, run)

async function run({ databaseUrl, dataDir }: BenchGround): Promise<void> {
  const environment = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, DEMO: 'none' }
  const servers = await startServers(environment)
  const [first, ...others] = servers
  if (!first) return
  const load = new SteadyLoad({ servers, rows, accounts, perSecond })
  try {
    load.start()
    // Processes and caches are cold at first.
    await delay(WARM_UP_MS)
    const results: PublishResult[] = []
    say(`\n${HEAD}`)
    for (const operation of OPERATIONS.filter(({ name }) => name.includes(options.only))) {
      const result = await measurePublish([first, ...others], load, operation)
      results.push(result)
      say(lineOf(result))
      for (const failure of result.failures) say(`    ${failure}`)
      // What was measured is kept, if the next one should not come to an end.
      if (options.save) await save(results)
    }
  } finally {
    await load.stop()
    for (const server of servers) await server.stop()
  }
}

/** The CRM app with the fields that are published later, its records, and two processes on them. */
async function startServers(environment: Record<string, string>): Promise<Server[]> {
  const config = loadConfig({
    ...environment,
    STATEMENT_TIMEOUT_MS: '3600000',
    ADMIN_EMAIL: 'admin@bench.example',
    ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
  })
  const installation = await openInstallation(config, say)
  try {
    const { userId } = await ensureAdministrator(installation, config)
    const { db, currentModel } = installation
    const { token, csrfToken } = await new Sessions(db, 'main').start({ tenant: 'main', userId })
    const admin = { cookie: `trellis_session=${token}`, 'x-csrf-token': csrfToken }
    const start = (): Promise<Server> =>
      startServer(
        {
          name: 'engine',
          entry: '../server/src/main.ts',
          probe: '/readyz',
          environment: { ...environment, LOG_LEVEL: 'error' },
        },
        { admin, rep: admin },
      )
    const servers = [await start(), await start()]
    const [first] = servers
    if (!first) return []
    const changeSet = await prepare(first, { name: 'fields', puts: FIELDS })
    await call(first, 'POST', `changesets/${changeSet}/publish`, {})
    await currentModel.refresh()
    say(`Making ${rows} opportunities`)
    await seed(db, currentModel.release, { accounts, opportunities: 0, users: 50 })
    await fill(db, currentModel.release, {
      object: 'opportunity',
      count: rows,
      values: {
        ...VALUES,
        owner: sqlId('user', '1 + g % 50'),
        account: sqlId('account', `1 + g % ${accounts}`),
        contact: 'null',
      },
    })
    await db.execute('vacuum (analyze)')
    await db.execute('checkpoint')
    return servers
  } finally {
    await installation.close()
  }
}

async function save(results: readonly PublishResult[]): Promise<void> {
  const ground = [
    new Date().toISOString(),
    `node ${process.version}`,
    'PostgreSQL 18, embedded',
    `cores ${availableParallelism()}`,
    `load at the end ${loadavg()[0]?.toFixed(1)}`,
    cpus()[0]?.model ?? '',
  ]
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, 'publish.md'), toMarkdown(results, { rows, perSecond, ground }))
}
