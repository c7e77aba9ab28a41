import type { Config } from '@trellis/server/config'
import { type Database, openDatabase } from '@trellis/server/db'
import { inject } from 'vitest'

// oxlint-disable-next-line import/no-empty-named-blocks, unicorn/require-module-specifiers -- only for the types it declares to vitest
import type {} from './global-setup.ts'
import type { TemplateName } from './templates.ts'
import { testConfig } from './test-config.ts'

/** A database that belongs to one test file. */
export interface TestDatabase {
  readonly url: string
  /** The configuration of a server on this database. */
  readonly config: Config
  readonly database: Database
  /** Closes the connections and drops the database. */
  drop(): Promise<void>
}

/** What to clone, and further variables for the configuration. */
export interface CreateDatabaseOptions {
  readonly template?: TemplateName
  readonly environment?: Readonly<Record<string, string>>
}

/**
 * Clones a database for this test file, by default with all migrations applied.
 *
 * @example
 * const { database, drop } = await createDatabase()
 * afterAll(drop)
 */
export async function createDatabase(options: CreateDatabaseOptions = {}): Promise<TestDatabase> {
  const url = await ask('POST', { template: options.template ?? 'migrated' })
  const isPooled = process.env['TEST_POOLER'] === '1'
  const reach = isPooled
    ? { DATABASE_URL: await pooledUrlOf(url), DATABASE_DIRECT_URL: url }
    : { DATABASE_URL: url }
  const config = testConfig({ ...options.environment, ...reach })
  const database = await openDatabase(config)
  const drop = async (): Promise<void> => {
    await database.close()
    await ask('DELETE', { url })
  }
  return { url, config, database, drop }
}

/** The way to a test database through the pgbouncer of the test run, which starts when it is first asked for. */
export function pooledUrlOf(url: string): Promise<string> {
  return ask('GET', { url })
}

async function ask(method: string, parameters: Record<string, string>): Promise<string> {
  const response = await fetch(`${inject('clusterBroker')}/?${new URLSearchParams(parameters)}`, {
    method,
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`The test cluster refused: ${text}`)
  return text
}
