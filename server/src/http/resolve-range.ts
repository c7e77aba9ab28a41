import type { IncomingHttpHeaders } from 'node:http'

/** The first and the last byte that are asked for. */
export interface Range {
  start: number
  end: number
}

/**
 * The part of a thing of `size` bytes that a request asks for (RFC 9110, 14): undefined for all of it, also where
 * several parts are asked for or the part is of another state of the thing.
 * @example resolveRange({ method: 'GET', headers: { range: 'bytes=-2' } }, { size: 10, etag }) // { start: 8, end: 9 }
 */
export function resolveRange(
  { method, headers }: { method: string; headers: IncomingHttpHeaders },
  { size, etag }: { size: number; etag: string },
): Range | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '')
  const [, first = '', last = ''] = match ?? []
  const isAsked = method === 'GET' && match !== null && first + last !== ''
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag
  if (!isAsked || !isSame) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < start) return undefined
  return start < size && start <= end ? { start, end } : 'unsatisfiable'
}
