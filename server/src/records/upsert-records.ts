import { isTold, type FieldModel, type ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import type { CreateRequest, UpdateRequest, UpsertRequest } from '../effects/record-request.ts'
import { failure, message, RequestError } from '../errors.ts'
import { findByUnique, uniqueKey } from './find-named.ts'
import { type Outcome, saveChanges } from './save-changes.ts'

/**
 * Updates the records that a unique field finds and creates the others, as many together as can be.
 * @param requests by the same field, each by another value
 */
export async function upsertRecords(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly UpsertRequest[],
): Promise<Outcome[]> {
  const name = requests[0]?.by.field ?? ''
  const field = object.fields.get(name)
  if (!field || !isTold(context.actor.rights.field(field)) || !field.isUnique) {
    return requests.map(() => ({ error: notUnique(name) }))
  }
  const outcomes = new Map<UpsertRequest, Outcome>()
  const upserts = { object, field, outcomes }
  for (const one of requests) {
    if (one.by.value === null || one.by.value === '') {
      outcomes.set(one, { error: withoutValue(name) })
    }
  }
  const asked = requests.filter((one) => !outcomes.has(one))
  // In the order of their values: who writes the same ones in another order waits, and holds nothing that these need.
  const keys = new Map(asked.map((one) => [one, uniqueKey(field, one.by.value)]))
  const inOrder = asked.toSorted((one, other) =>
    (keys.get(one) ?? '') < (keys.get(other) ?? '') ? -1 : 1,
  )
  await upsertTogether(context, upserts, inOrder)
  // Those that refer to what another of them has made, in the order in which they were asked for.
  for (const one of asked.length > 1 ? asked : []) {
    if (refersToFellow(object, outcomes.get(one))) await upsertTogether(context, upserts, [one])
  }
  return requests.map((one) => outcomes.get(one) ?? { error: new RequestError('stale_version') })
}

async function upsertTogether(
  context: WriteContext,
  upserts: Upserts,
  requests: readonly UpsertRequest[],
): Promise<void> {
  const missing = await updateFound(context, upserts, requests)
  const creates = missing.map((one): CreateRequest => ({
    ...manner(one),
    op: 'create',
    values: { [upserts.field.name]: one.by.value, ...one.values },
  }))
  await save(context, upserts, missing, creates)
  // What somebody else has made at this very moment is there now.
  const late = missing.filter((one) => isTaken(upserts.outcomes.get(one)))
  await updateFound(context, upserts, late)
}

/** Whether a record was refused because one of its own object that it names by a unique value was not there. */
function refersToFellow(object: ObjectModel, outcome: Outcome | undefined): boolean {
  if (outcome === undefined || !('error' in outcome)) return false
  return (outcome.error.details.failures ?? []).some(
    ({ path, code }) =>
      code === 'unknown_reference' && object.fields.get(path)?.target === object.name,
  )
}

/** What upserts of one field come to. */
interface Upserts {
  object: ObjectModel
  field: FieldModel
  outcomes: Map<UpsertRequest, Outcome>
}

/** Updates what is there. @returns the requests for which there is nothing */
async function updateFound(
  context: WriteContext,
  upserts: Upserts,
  requests: readonly UpsertRequest[],
): Promise<UpsertRequest[]> {
  if (requests.length === 0) return []
  const { object, field, outcomes } = upserts
  const values = requests.map(({ by }) => by.value)
  const found = await findByUnique(context, object, field, values)
  const missing: UpsertRequest[] = []
  const there: UpsertRequest[] = []
  const updates = new Map<string, UpdateRequest>()
  const again: UpsertRequest[] = []
  for (const one of requests) {
    const [id, ...others] = found.get(one.by.value) ?? []
    if (id === undefined) missing.push(one)
    else if (others.length > 0) outcomes.set(one, { error: new RequestError('ambiguous') })
    // Another spelling of the same value: no record is changed twice in one statement.
    else if (updates.has(id)) again.push(one)
    else {
      there.push(one)
      updates.set(id, { ...manner(one), op: 'update', id, values: one.values })
    }
  }
  await save(context, upserts, there, [...updates.values()])
  return [...missing, ...(await updateFound(context, upserts, again))]
}

async function save(
  context: WriteContext,
  { object, outcomes }: Upserts,
  asked: readonly UpsertRequest[],
  requests: readonly (CreateRequest | UpdateRequest)[],
): Promise<void> {
  if (requests.length === 0) return
  const saved = await saveChanges(context, object, requests, { atomic: false, isAlone: false })
  saved.forEach((outcome, index) => {
    const one = asked[index]
    if (one) outcomes.set(one, outcome)
  })
}

const isTaken = (outcome: Outcome | undefined): boolean =>
  outcome !== undefined && 'error' in outcome && outcome.error.code === 'duplicate'

function manner({
  object,
  as,
  allowDuplicates,
}: UpsertRequest): Omit<UpsertRequest, 'op' | 'by' | 'values'> {
  return {
    object,
    ...(as ? { as } : {}),
    ...(allowDuplicates ? { allowDuplicates: true } : {}),
  }
}

function withoutValue(name: string): RequestError {
  const text = message('Needs a value to find the record by', '缺少用于匹配记录的值')
  return new RequestError('validation_failed', { failures: [failure(name, 'required', text)] })
}

function notUnique(name: string): RequestError {
  return new RequestError('unknown_field', {
    failures: [
      failure(
        name,
        'unknown_field',
        message(`"${name}" is no unique field`, `“${name}”不是唯一字段`),
      ),
    ],
  })
}
