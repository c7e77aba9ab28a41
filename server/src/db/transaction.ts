import type { PoolClient } from 'pg'

import { hasSqlState } from './database-error.ts'
import type { TextRow, Transaction, TransactionOptions } from './database.ts'
import { readAs } from './prepared-reads.ts'
import { RepeatedStatements } from './repeated-statements.ts'
import { runStatement } from './run-statement.ts'
import type { NamedRead, Statement } from './statement.ts'

const IN_FAILED_TRANSACTION = '25P02'

/** A transaction on one connection. Statements asked for at the same time run one after another. */
export class PgTransaction implements Transaction {
  readonly #client: PoolClient
  #isOpen = true
  #previous: Promise<unknown> = Promise.resolve()
  #savepoints = 0
  #firstFailure: unknown
  readonly #atTheEnd: (() => Promise<void>)[] = []
  readonly #repeated: RepeatedStatements | undefined

  /** @param isApart prepares what comes again */
  constructor(client: PoolClient, isApart = false) {
    this.#client = client
    if (isApart) this.#repeated = new RepeatedStatements()
  }

  /** Whether statements can still be run. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  async begin(options: TransactionOptions): Promise<void> {
    await this.#inTurn(() => runStatement(this.#client, beginText(options)))
  }

  /**
   * Commits. PostgreSQL answers the commit of a failed transaction with a quiet rollback; work that
   * swallowed an error must not be told that it was saved.
   */
  async commit(): Promise<void> {
    for (const work of this.#atTheEnd) await work()
    const { command } = await this.#inTurn(() => runStatement(this.#client, 'commit'))
    this.#isOpen = false
    if (command === 'ROLLBACK') {
      throw this.#firstFailure ?? new Error('The transaction had failed and was rolled back')
    }
  }

  async rollback(): Promise<void> {
    this.#isOpen = false
    await this.#turn(() => runStatement(this.#client, 'rollback'))
  }

  /** The error that made the transaction fail, when all the work saw was that it had failed. */
  rootCause(error: unknown): unknown {
    return hasSqlState(error, IN_FAILED_TRANSACTION) ? (this.#firstFailure ?? error) : error
  }

  async query<Row = Record<string, unknown>>(
    statement: Statement<Row>,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    const named = this.#repeated?.named(statement, values) ?? statement
    const result = await this.#inTurn(() => runStatement<Row>(this.#client, named, values))
    return result.rows
  }

  async execute(statement: Statement, values?: readonly unknown[]): Promise<number> {
    const named = this.#repeated?.named(statement, values) ?? statement
    const result = await this.#inTurn(() => runStatement(this.#client, named, values))
    return result.rowCount
  }

  async read(read: NamedRead): Promise<TextRow[]> {
    const name = this.#repeated?.nameOf(read.text)
    return this.#inTurn(() => readAs(this.#client, name, read))
  }

  async savepoint<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#savepoints += 1
    const name = `savepoint_${this.#savepoints}`
    const asked = this.#atTheEnd.length
    await this.execute(`savepoint ${name}`)
    try {
      const result = await work()
      await this.execute(`release savepoint ${name}`)
      return result
    } catch (error) {
      await this.execute(`rollback to savepoint ${name}`)
      this.#firstFailure = undefined
      this.#atTheEnd.length = asked
      throw error
    }
  }

  beforeCommit(work: () => Promise<void>): void {
    this.#atTheEnd.push(work)
  }

  async #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    if (!this.#isOpen) throw new Error('The transaction has ended: its work was not awaited')
    try {
      return await this.#turn(run)
    } catch (error) {
      this.#firstFailure ??= error
      throw error
    }
  }

  #turn<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = this.#previous.then(run, run)
    this.#previous = result.catch(() => undefined)
    return result
  }
}

function beginText({
  isolation,
  readOnly,
  lockTimeoutMs,
  statementTimeoutMs,
  onOneCore,
}: TransactionOptions): string {
  const begin = ['begin']
  if (isolation !== undefined) begin.push(`isolation level ${isolation}`)
  if (readOnly === true) begin.push('read only')
  // Sent as one text, so that the settings cost no round trip of their own.
  return [
    begin.join(' '),
    ...limit('lock_timeout', lockTimeoutMs),
    ...limit('statement_timeout', statementTimeoutMs),
    ...(onOneCore === true ? ['set local max_parallel_workers_per_gather = 0'] : []),
  ].join('; ')
}

function limit(setting: string, milliseconds: number | undefined): string[] {
  return milliseconds === undefined ? [] : [`set local ${setting} = ${Math.round(milliseconds)}`]
}
