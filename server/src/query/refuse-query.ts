import { EXPRESSION_PROBLEM_CODES } from '@trellis/metamodel'

import { type ErrorCode, ERRORS, type Failure, RequestError } from '../errors.ts'

/** All that is wrong with what was asked, in one error; its code is that of the first failure. */
export function refuseQuery(failures: readonly Failure[]): RequestError {
  return new RequestError(errorCode(failures[0]?.code ?? 'malformed'), { failures })
}

function errorCode(code: string): ErrorCode {
  if (isErrorCode(code)) return code
  return OF_FILTERS.has(code) ? 'invalid_filter' : 'malformed'
}

const OF_FILTERS: ReadonlySet<string> = new Set(EXPRESSION_PROBLEM_CODES)

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}
