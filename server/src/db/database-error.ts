import { DatabaseError } from 'pg'

const RETRY_AFTER_SECONDS = 2

/**
 * The database cannot be reached at the moment. HTTP answers 503 with `Retry-After`; the pool
 * reconnects by itself, so the next request may well succeed.
 */
export class DatabaseUnavailable extends Error {
  readonly code = 'database_unavailable'
  readonly statusCode = 503
  readonly retryAfterSeconds = RETRY_AFTER_SECONDS

  constructor(cause: unknown) {
    super('The database is not available', { cause })
    this.name = 'DatabaseUnavailable'
  }
}

/** What PostgreSQL says about a refused statement. */
export interface DatabaseRefusal {
  /** The SQLSTATE, such as `23505`. */
  readonly code: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  readonly detail: string | undefined
}

/**
 * PostgreSQL's own words about an error, or `undefined` when the error came from elsewhere.
 *
 * @example refusalOf(error)?.code === '23505' // a unique index refused the row
 */
export function refusalOf(error: unknown): DatabaseRefusal | undefined {
  if (!(error instanceof DatabaseError) || error.code === undefined) return undefined
  const { code, constraint, table, column, detail } = error
  return { code, constraint, table, column, detail }
}

/** Whether the error is PostgreSQL's with one of these SQLSTATEs. */
export function hasSqlState(error: unknown, ...states: readonly string[]): boolean {
  const state = refusalOf(error)?.code
  return state !== undefined && states.includes(state)
}

/** Whether the same transaction, run again, may succeed: a deadlock or a serialization failure. */
export function isRetryable(error: unknown): boolean {
  return hasSqlState(error, '40P01', '40001')
}

/** Gives an error that means "cannot be reached" its one class; every other error stays itself. */
export function mapError(error: unknown): unknown {
  return meansUnavailable(error) ? new DatabaseUnavailable(error) : error
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])

// 08: connection exceptions. 57P01 to 57P05: shut down, crashed, starting, dropped, idle timeout.
// 53300: no connection is free on the server.
const UNAVAILABLE_STATE = /^(08...|57P0[1-5]|53300)$/

// pg has no code for these; the words are those of pg and pg-pool.
const UNAVAILABLE_WORDS =
  /timeout exceeded when trying to connect|Connection terminated|not queryable|timeout expired|pool after calling end/

function meansUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable || !(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.some(meansUnavailable)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof DatabaseError) return UNAVAILABLE_STATE.test(code)
  const isSystemCall = 'syscall' in error && NETWORK_CODES.has(code)
  return isSystemCall || UNAVAILABLE_WORDS.test(error.message)
}
