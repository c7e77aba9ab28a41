import type { Context, WriteContext } from '../access/context.ts'
import { hasSqlState } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'

/** How long a save waits for somebody who holds the record; then it answers 409 instead of hanging. */
export const SAVE_LOCK_TIMEOUT_MS = 10_000

/** Runs work in one transaction. @throws RequestError conflict if somebody else holds a record for too long */
export async function inSaveTransaction<Result>(
  context: Context,
  work: (inside: WriteContext) => Promise<Result>,
): Promise<Result> {
  try {
    return await context.db.inTransaction((tx) => work({ ...context, tx }), {
      lockTimeoutMs: SAVE_LOCK_TIMEOUT_MS,
    })
  } catch (error) {
    // A deadlock that several more tries have met again is others' work on the same records, too.
    if (!hasSqlState(error, '55P03', '40P01', '40001')) throw error
    throw new RequestError('conflict', {
      detail: message(
        'Somebody else is changing this record. Try again.',
        '他人正在修改该记录，请稍后重试',
      ),
    })
  }
}
