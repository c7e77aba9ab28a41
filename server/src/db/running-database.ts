import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { loadSecret } from './data-secret.ts'
import { OWN_DATABASE } from './embedded-postgres.ts'
import { SUPERUSER } from './prepare-cluster.ts'

/** PostgreSQL's own note of the port it listens on, counted from zero. */
const PORT_LINE = 3

/**
 * The address of the embedded database that another process runs on this data; undefined if none runs.
 * A command works through it beside the server instead of waiting for the server to end.
 */
export async function runningDatabaseUrl(dataDir: string): Promise<string | undefined> {
  const note = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const port = note.split('\n')[PORT_LINE]?.trim()
  if (!port) return undefined
  return `postgres://${SUPERUSER}:${await loadSecret(dataDir, 'postgres_password')}@127.0.0.1:${port}/${OWN_DATABASE}`
}
