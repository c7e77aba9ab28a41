import type { ObjectModel } from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import type { CreateRequest, StoredValues, UpdateRequest } from '../effects/record-request.ts'
import type { Failure } from '../errors.ts'
import { prepareChanges } from './prepare-changes.ts'

/** What a save would come to. */
export interface ChangePreview {
  values: StoredValues
  failures: Failure[]
}

/**
 * A dry run of a create or update: the whole order of execution up to the write, then everything is undone.
 * @throws RequestError if the caller may not do it at all
 */
export async function previewChange(
  context: Context,
  object: ObjectModel,
  request: CreateRequest | UpdateRequest,
): Promise<ChangePreview> {
  return context.db.inTransaction(
    async (tx) => {
      const inside: WriteContext = { ...context, tx }
      const [prepared] = await prepareChanges(inside, object, [request])
      const refusal = prepared?.error
      if (refusal && refusal.code !== 'validation_failed') throw refusal
      return { values: prepared?.change?.after ?? {}, failures: [...(prepared?.failures ?? [])] }
    },
    { lockTimeoutMs: 10_000 },
  )
}
