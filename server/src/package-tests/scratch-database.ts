import type {
  ConnectionCounts,
  Database,
  NamedRead,
  Statement,
  TextRow,
  Transaction,
} from '../db/index.ts'
import { RequestError } from '../errors.ts'

/** Thrown by whatever is asked of the database once the time of a test is over. */
export class OutOfTime extends Error {}

/**
 * A database within one transaction that is never committed: for the record engine it is one like any other, in which
 * transactions come and go. Nothing of it is ever seen outside.
 */
export class ScratchDatabase implements Database {
  readonly #tx: Transaction
  #deadline = Infinity

  constructor(tx: Transaction) {
    this.#tx = tx
  }

  /** From then on (`performance.now()`) nothing is answered any more. */
  endAt(deadline: number): void {
    this.#deadline = deadline
  }

  async query<Row = Record<string, unknown>>(
    statement: Statement<Row>,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    this.requireTime()
    return this.#tx.query(statement, values)
  }

  async execute(statement: Statement, values?: readonly unknown[]): Promise<number> {
    this.requireTime()
    return this.#tx.execute(statement, values)
  }

  async read(read: NamedRead): Promise<TextRow[]> {
    this.requireTime()
    return this.#tx.read(read)
  }

  /** What fails is not undone: it ends the test, unless whoever expects it has said so (`undoneIfRefused`). */
  async inTransaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return work(new ScratchTransaction(this, this.#tx))
  }

  /** Runs work of which nothing is left if it fails. */
  async undoneIfRefused<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#tx.savepoint(work)
  }

  async executeAlone(): Promise<void> {
    throw new Error('No test runs a statement outside its transaction')
  }

  async listen(): Promise<() => Promise<void>> {
    return async () => undefined
  }

  connections(): ConnectionCounts {
    return { open: 1, idle: 0, waiting: 0 }
  }

  async close(): Promise<void> {
    return undefined
  }

  /** @throws OutOfTime */
  requireTime(): void {
    if (performance.now() > this.#deadline) throw new OutOfTime()
  }
}

/** A transaction in it, which never comes to a commit. */
class ScratchTransaction implements Transaction {
  readonly #db: ScratchDatabase
  readonly #tx: Transaction

  constructor(db: ScratchDatabase, tx: Transaction) {
    this.#db = db
    this.#tx = tx
  }

  query<Row = Record<string, unknown>>(
    statement: Statement<Row>,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    return this.#db.query(statement, values)
  }

  execute(statement: Statement, values?: readonly unknown[]): Promise<number> {
    return this.#db.execute(statement, values)
  }

  read(read: NamedRead): Promise<TextRow[]> {
    return this.#db.read(read)
  }

  savepoint<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#tx.savepoint(work)
  }

  /** Only the audit log waits for a commit: of a test it tells nothing. */
  beforeCommit(): void {}
}

/** Runs work on a database of which nothing is left afterwards. */
export async function onScratch<Result>(
  db: Database,
  work: (scratch: ScratchDatabase, tx: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    await db.inTransaction(
      async (tx) => {
        throw new Kept(await work(new ScratchDatabase(tx), tx))
      },
      { statementTimeoutMs: 30_000, isApart: true },
    )
  } catch (error) {
    if (error instanceof Kept) return error.result as Result
    throw error
  }
  throw new RequestError('internal')
}

/** Leaves a transaction, or a part of it, so that it is rolled back, carrying what is to be known of it. */
export class Kept extends Error {
  readonly result: unknown

  constructor(result: unknown) {
    super('Rolled back on purpose')
    this.result = result
  }
}
