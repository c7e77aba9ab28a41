import type { FastifyRequest } from 'fastify'

import { message, refuse } from '../errors.ts'

/**
 * Refuses addresses that hold NUL or bytes that are not UTF-8: what they stand for would be cut or
 * changed on its way into the database.
 *
 * @throws RequestError `malformed`
 */
export function checkAddress({ url }: FastifyRequest): void {
  if (!url.includes('%')) return
  if (url.includes('%00')) {
    const text = message('Must not contain the NUL character', '不能包含 NUL 字符')
    throw refuse('malformed', '', text)
  }
  const start = url.indexOf('?')
  if (start < 0 || isDecodable(url.slice(start + 1))) return
  const text = message(
    'The query string is not percent-encoded UTF-8',
    '查询字符串不是有效的百分号编码（UTF-8）',
  )
  throw refuse('malformed', '', text)
}

function isDecodable(query: string): boolean {
  try {
    return decodeURIComponent(query) !== ''
  } catch {
    return false
  }
}
