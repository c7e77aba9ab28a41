import type { WriteContext } from '../access/context.ts'
import type { RecordRequest } from '../effects/record-request.ts'
import { RequestError } from '../errors.ts'
import { type Outcome, performIn } from '../records/perform.ts'

/** Carries out what the record engine lets through; what it refuses, be it all, does not end the transaction. */
export async function tryAll(
  context: WriteContext,
  requests: readonly RecordRequest[],
): Promise<Outcome[]> {
  if (requests.length === 0) return []
  try {
    return await context.tx.savepoint(() => performIn(context, requests, { atomic: false }))
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return requests.map(() => ({ error }))
  }
}
