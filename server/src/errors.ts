import type {
  Locale,
  Message,
  WireError,
  WireMatch,
  WireProblem,
  WireRecord,
} from '@trellis/metamodel'

/** The closed list of error codes: status and title of each. The API documentation shows this table. */
export const ERRORS = {
  malformed: entry(400, 'Malformed request', '请求格式有误'),
  unknown_parameter: entry(400, 'Unknown parameter', '未知的参数'),
  unknown_field: entry(400, 'Unknown field', '未知的字段'),
  unreadable_field: entry(400, 'Field cannot be read', '无权读取的字段'),
  invalid_filter: entry(400, 'Invalid filter', '筛选条件有误'),
  invalid_cursor: entry(400, 'Invalid cursor', '翻页标记无效'),
  idempotency_mismatch: entry(
    422,
    'Idempotency key reused for another request',
    '幂等键已用于其他请求',
  ),
  not_signed_in: entry(401, 'Not signed in', '未登录'),
  wrong_credentials: entry(401, 'E-mail or password is wrong', '邮箱或密码不正确'),
  second_step_required: entry(
    401,
    'Enter a code of your authenticator',
    '请输入身份验证器中的验证码',
  ),
  csrf: entry(403, 'CSRF token is missing or wrong', 'CSRF 令牌缺失或不正确'),
  password_change_required: entry(403, 'Choose a new password first', '请先设置新密码'),
  second_step_setup_required: entry(403, 'Set up two-step sign-in first', '请先设置两步验证'),
  forbidden: entry(403, 'Not allowed', '没有权限'),
  not_found: entry(404, 'Not found', '不存在'),
  method_not_allowed: entry(405, 'Method not allowed', '不支持的方法'),
  duplicate: entry(409, 'Value already used', '值已被使用'),
  conflict: entry(409, 'The current state forbids it', '当前状态不允许此操作'),
  in_use: entry(409, 'Still in use', '仍被使用'),
  ambiguous: entry(409, 'More than one record matches', '匹配到多条记录'),
  stale_release: entry(409, 'The metadata has moved on', '元数据已被他人更新'),
  stale_version: entry(412, 'The record has changed meanwhile', '记录已被他人修改'),
  too_large: entry(413, 'Too large', '内容过大'),
  unsupported_media_type: entry(415, 'Unsupported content type', '不支持的内容类型'),
  validation_failed: entry(422, 'Validation failed', '校验未通过'),
  invalid_metadata: entry(422, 'Metadata has problems', '元数据存在问题'),
  locked: entry(423, 'Locked by an approval', '审批中，记录已锁定'),
  rolled_back: entry(424, 'Rolled back with another operation', '因其他操作失败而回滚'),
  too_many_requests: entry(429, 'Too many requests', '请求过于频繁'),
  internal: entry(500, 'Internal error', '内部错误'),
  unavailable: entry(503, 'Temporarily unavailable', '服务暂时不可用'),
} as const satisfies Record<string, { status: number; title: Message }>
export type ErrorCode = keyof typeof ERRORS

function entry(status: number, en: string, zh: string): { status: number; title: Message } {
  return { status, title: { 'en-US': en, 'zh-CN': zh } }
}

/** One failure at one place, still in every language. */
export interface Failure {
  path: string
  code: string
  message: Message
  rule?: string
  suggestion?: string
  /** The codes that do not fit, and those that do. */
  value?: string | string[]
  allowed?: readonly string[]
  /** The records that a duplicate rule found, as far as the caller may know them. */
  matches?: readonly WireMatch[]
}

interface ErrorDetails {
  detail?: Message
  failures?: readonly Failure[]
  headers?: Readonly<Record<string, string>>
  /** The current record, with `stale_version`. */
  record?: WireRecord
  cause?: unknown
}

/** Thrown to stop a request; becomes problem details (RFC 9457) in the caller's language. */
export class RequestError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(
      details.detail?.['en-US'] ??
        details.failures?.[0]?.message['en-US'] ??
        ERRORS[code].title['en-US'],
      { cause: details.cause },
    )
    this.name = 'RequestError'
    this.code = code
    this.details = details
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}

/** A message in both languages. */
export function message(en: string, zh: string): Message {
  return { 'en-US': en, 'zh-CN': zh }
}

/** A failure at a path. */
export function failure(
  path: string,
  code: string,
  text: Message,
  more: Pick<Failure, 'rule' | 'suggestion' | 'value' | 'allowed' | 'matches'> = {},
): Failure {
  return { path, code, message: text, ...more }
}

/** Stops the request with one failure named by its place. */
export function refuse(code: ErrorCode, path: string, text: Message): RequestError {
  return new RequestError(code, { failures: [failure(path, code, text)] })
}

/** A failure in one language, as it goes over the wire. */
export function wireError(one: Failure, locale: Locale): WireError {
  const { message: text, ...rest } = one
  return { ...rest, message: text[locale] }
}

/** Problem details of an error in the caller's language. */
export function wireProblem(error: RequestError, locale: Locale, requestId: string): WireProblem {
  const { detail, failures, record } = error.details
  const count = failures?.length ?? 0
  const summary =
    locale === 'zh-CN' ? `${count} 个问题` : `${count} problem${count === 1 ? '' : 's'}`
  const first = failures?.[0]?.message[locale]
  const shown = detail?.[locale] ?? (count > 1 ? summary : first)
  return {
    type: `urn:problem:${error.code.replace(/_failed$/, '').replaceAll('_', '-')}`,
    title: ERRORS[error.code].title[locale],
    status: error.status,
    code: error.code,
    ...(shown === undefined ? {} : { detail: shown }),
    instance: requestId,
    ...(failures ? { errors: failures.map((one) => wireError(one, locale)) } : {}),
    ...(record ? { record } : {}),
  }
}
