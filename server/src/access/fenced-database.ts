import type {
  ConnectionCounts,
  Database,
  Queryable,
  TextRow,
  Transaction,
  TransactionOptions,
  Unlisten,
} from '../db/index.ts'

/** A database whose transactions end with one more step; where that fails, nothing is committed. */
export class FencedDatabase implements Database {
  readonly #db: Database
  readonly #beforeCommit: (transaction: Transaction) => Promise<void>

  constructor(db: Database, beforeCommit: (transaction: Transaction) => Promise<void>) {
    this.#db = db
    this.#beforeCommit = beforeCommit
  }

  inTransaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    if (options.readOnly === true) return this.#db.inTransaction(work, options)
    return this.#db.inTransaction(async (transaction) => {
      const result = await work(transaction)
      await this.#beforeCommit(transaction)
      return result
    }, options)
  }

  query<Row = Record<string, unknown>>(
    ...[statement, values]: Parameters<Queryable['query']>
  ): Promise<Row[]> {
    return this.#db.query(statement, values) as Promise<Row[]>
  }

  execute(...[statement, values]: Parameters<Queryable['execute']>): Promise<number> {
    return this.#db.execute(statement, values)
  }

  read(...[read]: Parameters<Queryable['read']>): Promise<TextRow[]> {
    return this.#db.read(read)
  }

  executeAlone(...parameters: Parameters<Database['executeAlone']>): Promise<void> {
    return this.#db.executeAlone(...parameters)
  }

  listen(...parameters: Parameters<Database['listen']>): Promise<Unlisten> {
    return this.#db.listen(...parameters)
  }

  connections(): ConnectionCounts {
    return this.#db.connections()
  }

  close(): Promise<void> {
    return this.#db.close()
  }
}
