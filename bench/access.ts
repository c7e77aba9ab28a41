import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Sessions } from '../server/src/access/sessions.ts'
import { loadConfig } from '../server/src/config.ts'
import { ensureAdministrator } from '../server/src/first-administrator.ts'
import { type Installation, openInstallation } from '../server/src/installation.ts'
import { accessOperations, memberIds, type OwnRecords } from './access-operations.ts'
import { type AccessReport, HEAD, lineOf, toMarkdown } from './access-report.ts'
import {
  accessMetadata,
  type AccessSizes,
  accessSizesFor,
  publishAccess,
  seedAccess,
} from './access-world.ts'
import { type AccessCallers, measureOperation, type Waited } from './measure-access.ts'
import { measureChanges } from './measure-changes.ts'
import { type Server, startServer } from './servers.ts'
import { type BenchGround, withPostgres } from './with-postgres.ts'

const RESULTS = fileURLToPath(new URL('results/', import.meta.url))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const scale = Number(process.env['ACCESS_SCALE'] ?? 1)
const requests = Number(process.env['ACCESS_REQUESTS'] ?? 200)
const sizes = accessSizesFor(scale)

const settings = {
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  maintenance_work_mem: '512MB',
  max_wal_size: '8GB',
  shared_buffers: '2GB',
  synchronous_commit: 'off',
}
await withPostgres('access', { settings, say }, run)

async function run({ databaseUrl, dataDir }: BenchGround): Promise<void> {
  const environment = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, DEMO: 'none' }
  const config = loadConfig({
    ...environment,
    STATEMENT_TIMEOUT_MS: '3600000',
    ADMIN_EMAIL: 'admin@bench.example',
    ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
  })
  const installation = await openInstallation(config, say)
  try {
    const { userId } = await ensureAdministrator(installation, config)
    const { callers, own } = await prepare(installation, userId, sizes)
    const { admin = {}, rep = {} } = callers
    const server = await startServer(
      {
        name: 'engine',
        entry: '../server/src/main.ts',
        probe: '/readyz',
        environment: { ...environment, LOG_LEVEL: 'error', STATEMENT_TIMEOUT_MS: '600000' },
      },
      { admin, rep },
    )
    try {
      await measure(installation, server, { callers, own })
    } finally {
      await server.stop()
    }
  } finally {
    await installation.close()
  }
}

interface Asked {
  readonly callers: AccessCallers
  readonly own: OwnRecords
}

async function prepare(
  { db, target, currentModel }: Installation,
  admin: string,
  made: AccessSizes,
): Promise<Asked> {
  say(
    `Making ${made.records} private records of ${made.users} users, ${made.teamOfEach} on the team of each`,
  )
  await publishAccess(target, accessMetadata('own_and_subordinates'))
  await seedAccess(db, currentModel.release, made)
  const sessions = new Sessions(db, 'main')
  const callers: Record<string, Readonly<Record<string, string>>> = {}
  const own: Record<string, string[]> = {}
  for (const [name, userId] of Object.entries({ admin, ...memberIds() })) {
    const { token, csrfToken } = await sessions.start({ tenant: 'main', userId })
    callers[name] = { cookie: `trellis_session=${token}`, 'x-csrf-token': csrfToken }
    const rows = await db.query<{ id: string }>(
      'select id from main.opportunity where owner = $1 order by id limit 200',
      [userId],
    )
    own[name] = rows.map(({ id }) => id)
  }
  return { callers, own }
}

async function measure(
  installation: Installation,
  server: Server,
  { callers, own }: Asked,
): Promise<void> {
  const cells: Waited[] = []
  say(`\n${HEAD}`)
  for (const operation of accessOperations(sizes, own)) {
    const found = await measureOperation(server.url, operation, { callers, requests })
    cells.push(...found)
    for (const cell of found) say(lineOf(cell))
  }
  const changes = await measureChanges(installation, server.url, callers)
  for (const { name, milliseconds } of changes) say(`${name}: ${milliseconds} ms`)
  const report: AccessReport = {
    at: new Date().toISOString(),
    ground: ground(),
    sizes,
    cells,
    changes,
  }
  if (scale !== 1) return
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, 'access.json'), `${JSON.stringify(report, null, 2)}\n`)
  await writeFile(join(RESULTS, 'access.md'), toMarkdown(report))
}

function ground(): string[] {
  return [
    `node ${process.version}`,
    'PostgreSQL 18, embedded',
    'callers ask in turn, one request at a time, on one connection',
    `cores ${availableParallelism()}`,
    `load at the end ${loadavg()[0]?.toFixed(1)}`,
    cpus()[0]?.model ?? '',
  ]
}
