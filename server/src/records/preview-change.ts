import { formulaValue, type ObjectModel } from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import { STORED_TIME_ZONE } from '../conditions/compile-formula.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { CreateRequest, StoredValues, UpdateRequest } from '../effects/record-request.ts'
import type { Failure } from '../errors.ts'
import { evaluationContext } from '../validation/evaluation.ts'
import { toStored } from './apply-values.ts'
import { findDuplicates } from './find-duplicates.ts'
import { loadParents } from './load-parents.ts'
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
      const values = prepared?.change ? await withComputed(inside, prepared.change) : {}
      await findDuplicates(inside, object, prepared ? [prepared] : [])
      return { values, failures: [...(prepared?.error?.details.failures ?? [])] }
    },
    { lockTimeoutMs: 10_000 },
  )
}

/** The values to be with those of formulas, computed of what the caller may see of other records. */
async function withComputed(context: WriteContext, change: RecordChange): Promise<StoredValues> {
  const { object, after } = change
  const fields = [...object.fields.values()].filter(({ formula }) => formula !== undefined)
  if (fields.length === 0) return after
  const inputs = fields.flatMap(({ formula }) => formula?.inputs ?? [])
  const parent = await loadParents(context, {
    object,
    records: [after],
    paths: [...new Set(inputs)].filter((path) => path.includes('.')),
    which: 'seen',
  })
  const { actor, now } = context
  const around = evaluationContext(change, { actor, now, parent, formulas: new Map() })
  const house = { ...around, timeZone: STORED_TIME_ZONE }
  const values = fields.map((field) => {
    const value = formulaValue(field, field.isVirtual === true ? around : house)
    return [field.name, toStored(field, value)]
  })
  return { ...after, ...Object.fromEntries(values) }
}
