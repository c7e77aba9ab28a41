import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { MAIN_TENANT_NAME } from '../config.ts'
import { hasSqlState } from './database-error.ts'
import type { Database, Transaction } from './database.ts'

/** Where migrations lie and who hears of them. */
export interface MigrateOptions {
  /** The folder that holds `platform/` and `tenant/`. */
  readonly folder: string
  readonly log?: ((message: string) => void) | undefined
  /** Whether this is a node: it has the tenants that were made there or came there, and no main tenant. */
  readonly isNode?: boolean
}

/** A tenant: its name, and the schema that holds its tables. */
export interface Tenant {
  readonly name: string
  readonly schemaName: string
  /** Where it lives; null means in this database. */
  readonly node: string | null
}

/** The one tenant that every installation has. Schemas are named as their tenants. */
export const MAIN_TENANT: Tenant = {
  name: MAIN_TENANT_NAME,
  schemaName: MAIN_TENANT_NAME,
  node: null,
}

const PLATFORM_SCHEMA = 'platform'

// Any number will do, as long as it is the same in every process.
const LOCK_KEY = 7_205_309_114
const LOCK_TIMEOUT_MS = 60_000

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface Target {
  readonly schema: string
  /** The table that remembers which files have run. */
  readonly ledger: string
  readonly migrations: readonly Migration[]
}

/**
 * Brings the platform's schema and that of every tenant up to date: each file in
 * `platform/*.sql` and `tenant/*.sql` that has not run yet, in the order of their names, each in a
 * transaction of its own. Forward only: a file that has run must not change any more.
 *
 * @returns the files that ran, such as `main/0003_shares.sql`.
 */
export async function migrate(database: Database, options: MigrateOptions): Promise<string[]> {
  const [platform, tenant] = await Promise.all(
    ['platform', 'tenant'].map((part) => loadMigrations(join(options.folder, part))),
  )
  const log = options.log ?? (() => undefined)
  const ran = await bringUpToDate(
    database,
    { schema: PLATFORM_SCHEMA, ledger: 'migration', migrations: platform ?? [] },
    log,
  )
  if (options.isNode !== true) await ensureMainTenant(database)
  for (const { schemaName, node } of await loadTenants(database)) {
    if (node !== null) continue
    const target = { schema: schemaName, ledger: '_migration', migrations: tenant ?? [] }
    ran.push(...(await bringUpToDate(database, target, log)))
  }
  return ran
}

async function loadMigrations(folder: string): Promise<Migration[]> {
  const files = await readdir(folder).catch(() => [])
  const names = files.filter((file) => file.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function ensureMainTenant(database: Database): Promise<void> {
  await database.execute(
    'insert into platform.tenant (name, schema_name) values ($1, $2) on conflict do nothing',
    [MAIN_TENANT.name, MAIN_TENANT.schemaName],
  )
}

/** The tenants that this database knows, in the order of their names. */
export async function loadTenants(database: Database): Promise<Tenant[]> {
  return database.query<Tenant>(
    'select name, schema_name as "schemaName", node from platform.tenant order by name',
  )
}

async function bringUpToDate(
  database: Database,
  target: Target,
  log: (message: string) => void,
): Promise<string[]> {
  const applied = await inMigration(database, async (transaction) => {
    await createLedger(transaction, target)
    return loadLedger(transaction, target)
  })
  checkUnchanged(target, applied)
  const ran: string[] = []
  for (const migration of target.migrations) {
    if (applied.has(migration.name)) continue
    if (!(await runOnce(database, target, migration))) continue
    ran.push(`${target.schema}/${migration.name}`)
    log(`Migrated ${target.schema}/${migration.name}`)
  }
  return ran
}

// A migration may wait for its turn behind another process, and may then work for long.
function inMigration<Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return database.inTransaction(
    async (transaction) => {
      await transaction.query('select pg_advisory_xact_lock($1)', [LOCK_KEY])
      return work(transaction)
    },
    { statementTimeoutMs: 0, lockTimeoutMs: LOCK_TIMEOUT_MS },
  )
}

async function createLedger(transaction: Transaction, { schema, ledger }: Target): Promise<void> {
  await transaction.execute(`
    create schema if not exists ${quote(schema)};
    create table if not exists ${quote(schema)}.${quote(ledger)} (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`)
}

async function loadLedger(
  transaction: Transaction,
  { schema, ledger }: Target,
): Promise<ReadonlyMap<string, string>> {
  const rows = await transaction.query<{ name: string; checksum: string }>(
    `select name, checksum from ${quote(schema)}.${quote(ledger)}`,
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

function checkUnchanged(
  { schema, migrations }: Target,
  applied: ReadonlyMap<string, string>,
): void {
  const changed = migrations.find(
    ({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum,
  )
  if (changed === undefined) return
  throw new Error(
    `The migration ${schema}/${changed.name} was changed after it had run on this database. ` +
      'Put the change into a new file; on a database without data of worth, start anew instead.',
  )
}

/** Runs one file; false when another process ran it while this one waited for the lock. */
function runOnce(database: Database, target: Target, migration: Migration): Promise<boolean> {
  return inMigration(database, async (transaction) => {
    const applied = await loadLedger(transaction, target)
    if (applied.has(migration.name)) return false
    await transaction.execute(`set local search_path = ${quote(target.schema)}, public`)
    try {
      await transaction.execute(migration.sql)
    } catch (error) {
      throw describe(error, `${target.schema}/${migration.name}`)
    }
    await transaction.execute(
      `insert into ${quote(target.schema)}.${quote(target.ledger)} (name, checksum) values ($1, $2)`,
      [migration.name, migration.checksum],
    )
    return true
  })
}

// Deadlocks pass through unchanged, so that the transaction is tried again.
function describe(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || hasSqlState(error, '40P01', '40001')) return error
  return new Error(`The migration ${file} failed: ${error.message}`, { cause: error })
}

// Names of schemas come from the platform's own table, never from a request; quoted all the same.
function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
