import type { NamedRead, Statement } from './statement.ts'

/** One row of a compiled read: each column as PostgreSQL's text, null as null. */
export type TextRow = readonly (string | null)[]

/** What can run statements: the database itself, or one transaction in it. */
export interface Queryable {
  /**
   * Runs a statement and returns its rows.
   *
   * @example await database.query(sql<{ name: string }>`select name from platform.tenant`)
   */
  query<Row = Record<string, unknown>>(
    statement: Statement<Row>,
    values?: readonly unknown[],
  ): Promise<Row[]>
  /** Runs a statement and returns how many rows it touched. */
  execute(statement: Statement, values?: readonly unknown[]): Promise<number>
  /**
   * Runs a compiled read; its rows are arrays of text, parsed by nobody. With a name the statement
   * is prepared once per connection; inside a transaction it is always sent unnamed, because a
   * stale plan would abort the transaction.
   */
  read(read: NamedRead): Promise<TextRow[]>
}

/** One open transaction; it is passed down, and of no use once its work has ended. */
export interface Transaction extends Queryable {
  /** Runs work that may fail without ending the transaction: an error undoes only this work. */
  savepoint<Result>(work: () => Promise<Result>): Promise<Result>
  /**
   * Runs work at the very end, right before the commit, in the order in which it was asked for. For what takes a lock
   * that everybody wants: it is held for no longer than the commit takes. Work that was asked for within a savepoint
   * is forgotten when that is rolled back.
   */
  beforeCommit(work: () => Promise<void>): void
}

/** How strictly a transaction is kept apart from others. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** How a transaction runs. */
export interface TransactionOptions {
  /** How long a statement may wait for a lock before it fails with 55P03; without it, no limit. */
  readonly lockTimeoutMs?: number | undefined
  /** PostgreSQL's default is `read committed`. */
  readonly isolation?: Isolation | undefined
  readonly readOnly?: boolean | undefined
  /** Replaces the session's limit on one statement; 0 means none. */
  readonly statementTimeoutMs?: number | undefined
  /** PostgreSQL takes no parallel workers: what may take its time leaves the other cores to those who wait. */
  readonly onOneCore?: boolean | undefined
  /**
   * Runs in a session that ends with it, where each statement that comes again is prepared: for very many of few kinds,
   * on tables that nobody alters meanwhile.
   */
  readonly isApart?: boolean | undefined
}

/** How a statement runs that no transaction may hold. */
export interface AloneOptions {
  /** Is told the server process that runs it, so that others can see what it waits for. */
  onProcess?(pid: number): void
}

/** Takes back a `listen`. */
export type Unlisten = () => Promise<void>

/** How busy a pool is. */
export interface ConnectionCounts {
  readonly open: number
  readonly idle: number
  /** Work that waits for a connection. */
  readonly waiting: number
}

/** A pool of connections to one PostgreSQL database. */
export interface Database extends Queryable {
  /**
   * Runs work in one transaction: commits what it returns from, rolls back what it throws from.
   * After a deadlock or a serialization failure the work runs again, up to six times, so it
   * must do nothing outside the transaction.
   */
  inTransaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>
  /**
   * Runs one statement outside any transaction, for as long as it takes: what PostgreSQL does only so, such as
   * building an index while rows are written. It waits for locks without an end.
   */
  executeAlone(statement: Statement, options?: AloneOptions): Promise<void>
  /**
   * Hears notifications on a connection of its own. What was notified while that connection was
   * lost is gone: `onReconnect` must look again for what it may have missed.
   */
  listen(
    channel: string,
    handler: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<Unlisten>
  /** How busy the pool is at the moment. */
  connections(): ConnectionCounts
  /** Ends every connection and, where the server runs its own PostgreSQL, stops that too. */
  close(): Promise<void>
}
