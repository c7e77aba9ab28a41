import type { ClientBase } from 'pg'

import { ConfigError } from '../config.ts'
import type { Queryable } from './database.ts'

/** What every session of ours is set to, by the names and in the units of PostgreSQL. */
export type SessionSettings = Readonly<Record<string, string>>

/** The settings of a session that runs statements for people. */
export function sessionSettings(statementTimeoutMs: number): SessionSettings {
  return {
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'iso_8601',
    statement_timeout: String(statementTimeoutMs),
    // Work that knows that it may wait for longer says so.
    lock_timeout: '3000',
    idle_in_transaction_session_timeout: '30000',
  }
}

/** The statements with which a pooler sets up each of its sessions. */
export function connectQuery(settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `set ${name} to ${value}`)
    .join('; ')
}

/**
 * Makes sure that a pooler's sessions are set up as ours are: it hands them to a client for one transaction only, so
 * that no client can do it.
 *
 * @throws ConfigError with the line that is missing in the pooler's configuration
 */
export async function checkPooler(pooler: Queryable, settings: SessionSettings): Promise<void> {
  const found = await pooler.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [Object.keys(settings)],
  )
  const wrong = found.filter(({ name, setting }) => settings[name] !== setting)
  if (wrong.length === 0) return
  const names = wrong.map(({ name }) => name).join(', ')
  throw new ConfigError([
    `DATABASE_URL leads through a pooler whose sessions have another ${names}; its database needs connect_query='${connectQuery(settings)}'`,
  ])
}

const pooled = new WeakSet<ClientBase>()

/** Notes that a client's statements come to another session with each transaction. */
export function noteAsPooled(client: ClientBase): void {
  pooled.add(client)
}

/** Whether a statement may be prepared under a name: the session must be the client's own. */
export function mayPrepare(client: ClientBase): boolean {
  return !pooled.has(client)
}
