import type { PoolClient } from 'pg'

import { hasSqlState, mapError } from './database-error.ts'
import type { TextRow } from './database.ts'
import { mayPrepare } from './pooler.ts'
import type { NamedRead } from './statement.ts'
import { TEXT_PARSERS } from './type-parsers.ts'

// A prepared statement holds its plan in the memory of its connection. The busiest screens need a
// few dozen; the bound is for the thousands of one-off filters.
const MOST_PREPARED = 200

// 0A000: the plan's columns changed under it; 42883, 42804: the types of its columns did, which were those of its
// parameters. 26000: the statement is not there, as behind a pooler that hands the session to another client.
const STALE_PLAN = ['0A000', '42883', '42804', '26000']

/** The statements a connection has prepared: our name → the name PostgreSQL knows it by. */
const preparedOn = new WeakMap<PoolClient, PreparedNames>()

class PreparedNames {
  readonly #sent = new Map<string, string>()
  #generation = 0

  /** The name to send. pg never prepares one name twice, so a name made anew gets a new number. */
  nameFor(name: string): string {
    const known = this.#sent.get(name)
    if (known !== undefined) {
      // Moved to the end, so that the first one is always the least recently used.
      this.#sent.delete(name)
      this.#sent.set(name, known)
      return known
    }
    this.#generation += 1
    const sent = `${name}_${this.#generation}`
    this.#sent.set(name, sent)
    return sent
  }

  forget(name: string): void {
    this.#sent.delete(name)
  }

  takeOldestWhenFull(): string | undefined {
    if (this.#sent.size <= MOST_PREPARED) return undefined
    const [oldest] = this.#sent
    if (oldest === undefined) return undefined
    this.#sent.delete(oldest[0])
    return oldest[1]
  }
}

/** Runs a read as a prepared statement, and again unnamed when its plan has gone stale. */
export async function readPrepared(client: PoolClient, read: NamedRead): Promise<TextRow[]> {
  if (read.name === undefined || !mayPrepare(client)) return readAs(client, undefined, read)
  const names = preparedNames(client)
  try {
    return await readAs(client, names.nameFor(read.name), read)
  } catch (error) {
    names.forget(read.name)
    if (!hasSqlState(error, ...STALE_PLAN)) throw error
    return await readAs(client, undefined, read)
  } finally {
    const surplus = names.takeOldestWhenFull()
    if (surplus !== undefined) await deallocate(client, surplus)
  }
}

function preparedNames(client: PoolClient): PreparedNames {
  const names = preparedOn.get(client) ?? new PreparedNames()
  preparedOn.set(client, names)
  return names
}

/** Runs a read under the name that PostgreSQL knows it by; without one it is not prepared. */
export async function readAs(
  client: PoolClient,
  name: string | undefined,
  { text, values = [] }: NamedRead,
): Promise<TextRow[]> {
  try {
    const result = await client.query<(string | null)[]>({
      ...(name === undefined ? {} : { name }),
      text,
      values: [...values],
      rowMode: 'array',
      types: TEXT_PARSERS,
    })
    return result.rows
  } catch (error) {
    throw mapError(error)
  }
}

async function deallocate(client: PoolClient, name: string): Promise<void> {
  // A statement that could not be parsed was never prepared; there is then nothing to give back.
  await client.query(`deallocate "${name.replaceAll('"', '""')}"`).catch(() => undefined)
}
