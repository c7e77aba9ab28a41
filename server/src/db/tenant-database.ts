import { setTimeout as delay } from 'node:timers/promises'

import { DatabaseUnavailable, hasSqlState } from './database-error.ts'
import type {
  AloneOptions,
  ConnectionCounts,
  Database,
  TextRow,
  Transaction,
  TransactionOptions,
  Unlisten,
} from './database.ts'
import type { Nodes } from './nodes.ts'
import type { NamedRead, Statement } from './statement.ts'

/** How long a request waits for a tenant that is between two nodes. */
const LONGEST_WAIT_MS = 20_000
const LOOK_EVERY_MS = 40

// 42P01, 3F000: the schema has another name where the tenant was. TR001: what lies above it says so itself.
const AWAY = ['42P01', '3F000', 'TR001']

interface Subscription {
  readonly channel: string
  readonly handler: (payload: string) => void
  readonly onReconnect: () => void
  unlisten: Unlisten
}

/**
 * The database of the node that a tenant lives on, wherever that is. A statement or transaction that finds the tenant
 * gone has done nothing: it waits until the tenant is there again, or elsewhere, and runs there.
 */
export class TenantDatabase implements Database {
  readonly #nodes: Nodes
  readonly #tenant: string
  readonly #subscriptions = new Set<Subscription>()
  #node: string | null
  #database: Database
  #moving: Promise<void> | undefined

  constructor(nodes: Nodes, at: { tenant: string; node: string | null; database: Database }) {
    this.#nodes = nodes
    this.#tenant = at.tenant
    this.#node = at.node
    this.#database = at.database
  }

  query<Row = Record<string, unknown>>(
    statement: Statement<Row>,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    return this.#whereItLives((database) => database.query<Row>(statement, values))
  }

  execute(statement: Statement, values?: readonly unknown[]): Promise<number> {
    return this.#whereItLives((database) => database.execute(statement, values))
  }

  read(read: NamedRead): Promise<TextRow[]> {
    return this.#whereItLives((database) => database.read(read))
  }

  inTransaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.#whereItLives((database) => database.inTransaction(work, options))
  }

  executeAlone(statement: Statement, options?: AloneOptions): Promise<void> {
    return this.#whereItLives((database) => database.executeAlone(statement, options))
  }

  async listen(
    channel: string,
    handler: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<Unlisten> {
    const unlisten = await this.#database.listen(channel, handler, onReconnect)
    const subscription: Subscription = { channel, handler, onReconnect, unlisten }
    this.#subscriptions.add(subscription)
    return async () => {
      this.#subscriptions.delete(subscription)
      await subscription.unlisten()
    }
  }

  connections(): ConnectionCounts {
    return this.#database.connections()
  }

  /** The pools belong to the nodes. */
  async close(): Promise<void> {
    for (const { unlisten } of this.#subscriptions) await unlisten()
    this.#subscriptions.clear()
  }

  async #whereItLives<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + LONGEST_WAIT_MS
    for (;;) {
      const database = this.#database
      try {
        return await work(database)
      } catch (error) {
        if (!hasSqlState(error, ...AWAY)) throw error
        const found = await this.#look(database)
        if (found === 'here') throw error
        if (Date.now() > deadline) throw new DatabaseUnavailable(error)
        if (found === 'nowhere') await delay(LOOK_EVERY_MS)
      }
    }
  }

  /** Whether the tenant is where it was looked for after all, now elsewhere, or on its way. */
  async #look(tried: Database): Promise<'here' | 'elsewhere' | 'nowhere'> {
    if (tried !== this.#database) return 'elsewhere'
    const node = await nodeIn(this.#nodes.home, this.#tenant)
    if (node === undefined) return 'here'
    if (node !== this.#node) {
      this.#moving ??= this.#follow(node).finally(() => {
        this.#moving = undefined
      })
      await this.#moving
      return 'elsewhere'
    }
    return (await nodeIn(tried, this.#tenant)) === null ? 'here' : 'nowhere'
  }

  async #follow(node: string | null): Promise<void> {
    const database = await this.#nodes.of(node)
    this.#node = node
    this.#database = database
    for (const subscription of this.#subscriptions) {
      const { channel, handler, onReconnect, unlisten } = subscription
      subscription.unlisten = await database.listen(channel, handler, onReconnect)
      await unlisten()
      onReconnect()
    }
  }
}

/** What a database says of where a tenant lives: null means here; undefined that it knows no such tenant. */
async function nodeIn(database: Database, tenant: string): Promise<string | null | undefined> {
  const [row] = await database.query<{ node: string | null }>(
    'select node from platform.tenant where name = $1',
    [tenant],
  )
  return row?.node
}
