import { STATUS_CODES } from 'node:http'

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import { type ErrorCode, message, RequestError, wireProblem } from '../errors.ts'
import { leadOn } from './lead-on.ts'
import { localeOf } from './locale.ts'

const PROBLEM = 'application/problem+json; charset=utf-8'
const RETRY_AFTER_SECONDS = '2'

/** Answers every error, whoever throws it, with problem details; what nobody foresaw is logged and says nothing. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    try {
      const known = toRequestError(error)
      const isGone = known.code === 'not_found'
      return (isGone && (await leadOn(request, reply))) || tell(error, request, reply)
    } catch (other) {
      return tell(other, request, reply)
    }
  })
}

function tell(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toRequestError(error)
  if (known.status >= 500) request.log.error({ err: error }, 'The request failed')
  return sendProblem(known, request, reply)
}

/** Answers with the problem details of an error, in the caller's language. */
export function sendProblem(
  error: RequestError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const locale = localeOf(request)
  return reply
    .code(error.status)
    .headers({ ...defaultHeaders(error), ...error.details.headers })
    .header('content-language', locale)
    .type(PROBLEM)
    .send(JSON.stringify(wireProblem(error, locale, request.id)))
}

function defaultHeaders({ status }: RequestError): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' }
  if (status === 503) return { 'retry-after': RETRY_AFTER_SECONDS }
  return {}
}

/** The error of the catalogue that any thrown value means. */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  const code = codeOf(error)
  const byCode = BY_CODE.get(code) ?? BY_SQL_STATE.find(([states]) => states.test(code))?.[1]
  if (byCode !== undefined) return new RequestError(byCode, { cause: error })
  return new RequestError(BY_STATUS.get(statusOf(error)) ?? 'internal', { cause: error })
}

/** Codes of Fastify, of its plugins and of our own database room. */
const BY_CODE: ReadonlyMap<string, ErrorCode> = new Map([
  ['database_unavailable', 'unavailable'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported_media_type'],
  ['FST_ERR_CTP_INVALID_TYPE', 'unsupported_media_type'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'too_large'],
  ['FST_REQ_FILE_TOO_LARGE', 'too_large'],
  ['FST_PARTS_LIMIT', 'too_large'],
  ['FST_FILES_LIMIT', 'too_large'],
  ['FST_FIELDS_LIMIT', 'too_large'],
  ['FST_INVALID_MULTIPART_CONTENT_TYPE', 'unsupported_media_type'],
  ['FST_INVALID_JSON_FIELD_ERROR', 'malformed'],
])

// What still reaches us from PostgreSQL was foreseen by no room: a value that slipped through
// (class 22), or a statement that ran out of time, of locks or of memory.
const BY_SQL_STATE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^22[0-9A-Z]{3}$/, 'malformed'],
  [/^(40001|40P01|55P03|57014|53[0-9]{3})$/, 'unavailable'],
]

const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'malformed'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [413, 'too_large'],
  [414, 'malformed'],
  [415, 'unsupported_media_type'],
  [429, 'too_many_requests'],
  [503, 'unavailable'],
])

function codeOf(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error
  return isCoded && typeof error.code === 'string' ? error.code : ''
}

function statusOf(error: unknown): number {
  const hasStatus = typeof error === 'object' && error !== null && 'statusCode' in error
  return hasStatus && typeof error.statusCode === 'number' ? error.statusCode : 500
}

const STATUS_OF_BYTES: ReadonlyMap<string, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
])

/**
 * The answer to bytes that are not HTTP, written by hand because no request came of them.
 */
export function malformedHttp(code: string | undefined): string {
  const status = STATUS_OF_BYTES.get(code ?? '') ?? 400
  const error = new RequestError('malformed', {
    detail: message('The request is not valid HTTP', '不是有效的 HTTP 请求'),
  })
  const body = JSON.stringify({ ...wireProblem(error, 'en-US', ''), instance: undefined, status })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
