import type { WireError, WireProblem, WireRecord } from '@trellis/metamodel'

/** The server's refusal of a request, or status 0 when it could not be reached. */
export class ApiError extends Error {
  readonly status: number
  /** Stable word of the server's closed list, e.g. `validation_failed`; `unreachable` with status 0. */
  readonly code: string
  /** Every failure at once, each at its place. */
  readonly errors: readonly WireError[]
  /** To be copied for whoever helps. */
  readonly requestId: string
  /** The current record, with 412. */
  readonly record: WireRecord | undefined
  /** Seconds after which it is worth trying again, if the server says so. */
  readonly retryAfter: number | undefined
  readonly problem: WireProblem

  constructor(problem: WireProblem, retryAfter?: number) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiError'
    this.problem = problem
    this.status = problem.status
    this.code = problem.code
    this.errors = problem.errors ?? []
    this.requestId = problem.instance ?? ''
    this.record = problem.record
    this.retryAfter = retryAfter
  }

  /** The messages by the field at which they are shown; `''` holds those that belong to the whole. */
  messagesByField(): Record<string, string[]> {
    const byField: Record<string, string[]> = {}
    for (const { path, message } of this.errors) (byField[path] ??= []).push(message)
    return byField
  }
}

/** Whether an error is the server's answer, optionally with this status. */
export function isApiError(error: unknown, status?: number): error is ApiError {
  return error instanceof ApiError && (status === undefined || error.status === status)
}
