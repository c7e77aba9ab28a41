import { createHmac, timingSafeEqual } from 'node:crypto'

import { message, refuse, type RequestError } from '../errors.ts'

/** The sort keys of the last row of a page, as PostgreSQL wrote them. */
export type CursorCells = readonly (string | null)[]

const MAC_BYTES = 16
const LONGEST = 20_000

/**
 * Seals the place where a page ends. Only this installation can make one, and only for the same question:
 * `binding` says what was asked (object, conditions, order, by whom).
 */
export function sealCursor(cells: CursorCells, binding: string, key: Buffer): string {
  const payload = Buffer.from(JSON.stringify(cells)).toString('base64url')
  return `${payload}.${mac(payload, binding, key).toString('base64url')}`
}

/**
 * Opens a cursor that was sealed for the same question.
 * @throws RequestError `invalid_cursor` if it was not.
 */
export function openCursor(cursor: string, binding: string, key: Buffer): CursorCells {
  const [payload = '', seal = '', ...rest] = cursor.length > LONGEST ? [] : cursor.split('.')
  const given = Buffer.from(seal, 'base64url')
  const isOurs =
    rest.length === 0 &&
    given.length === MAC_BYTES &&
    timingSafeEqual(given, mac(payload, binding, key))
  if (!isOurs) throw invalidCursor()
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as CursorCells
}

function mac(payload: string, binding: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`${payload}\n${binding}`).digest().subarray(0, MAC_BYTES)
}

function invalidCursor(): RequestError {
  return refuse(
    'invalid_cursor',
    'cursor',
    message(
      'The cursor was not made for this question; ask for the first page again',
      '翻页标记与本次查询不符，请从第一页重新查询',
    ),
  )
}
