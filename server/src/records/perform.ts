import type { ObjectModel } from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import type {
  CreateRequest,
  DeleteRequest,
  RecordRequest,
  RestoreRequest,
  UpdateRequest,
  UpsertRequest,
} from '../effects/record-request.ts'
import { message, RequestError } from '../errors.ts'
import { auditMany } from './audit-changes.ts'
import { deleteRecords } from './delete-records.ts'
import { followingRollUps, settleBefore } from './follow-roll-ups.ts'
import { holdInOrder } from './hold-in-order.ts'
import { mapConstraint } from './map-constraint.ts'
import { restoreRecord } from './restore-record.ts'
import { RefusedAbove } from './roll-up-records.ts'
import { type Outcome, rolledBack, type RunOptions, saveChanges } from './save-changes.ts'
import { inSaveTransaction } from './save-transaction.ts'
import type { WritingContext } from './touched.ts'
import { upsertRecords } from './upsert-records.ts'
import type { Written } from './write-record.ts'

export type { Outcome }

/**
 * The one door of writing: carries out requests in their order, in one transaction. With `atomic` the first
 * error undoes everything; without, what is valid is saved and every other request says why it was not.
 */
export async function perform(
  context: Context,
  requests: readonly RecordRequest[],
  options: { atomic: boolean },
): Promise<Outcome[]> {
  try {
    return await inSaveTransaction(context, (inside) => performOrUndo(inside, requests, options))
  } catch (error) {
    if (error instanceof Undone) return error.outcomes
    if (error instanceof RequestError && requests.length === 1) return [{ error }]
    throw error
  }
}

async function performOrUndo(
  context: WriteContext,
  requests: readonly RecordRequest[],
  options: { atomic: boolean },
): Promise<Outcome[]> {
  auditMany(context, requests)
  const outcomes = await performIn(context, requests, options)
  if (options.atomic && outcomes.some((outcome) => 'error' in outcome)) throw new Undone(outcomes)
  return outcomes
}

/**
 * The same within a transaction that somebody else has begun. With `atomic` nothing more is tried after the first
 * error, and the transaction must not be committed.
 */
export async function performIn(
  context: WriteContext,
  requests: readonly RecordRequest[],
  options: { atomic: boolean },
): Promise<Outcome[]> {
  const runs = toRuns(requests)
  if (runs.length < 2) return performRuns(context, runs, options)
  await holdInOrder(context, requests)
  try {
    // Records above are locked once, after all that is below them, so that two of these do not wait for each other.
    return await context.tx.savepoint(() =>
      followingRollUps(context, (inside) => performRuns(inside, runs, options)),
    )
  } catch (error) {
    if (!(error instanceof RefusedAbove)) throw error
    // Once more, each run with what follows from it: then it shows which of them is refused.
    return performRuns(context, runs, options)
  }
}

async function performRuns(
  context: WriteContext | WritingContext,
  runs: readonly RecordRequest[][],
  options: { atomic: boolean },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const total = runs.reduce((sum, run) => sum + run.length, 0)
  for (const run of runs) {
    const [first] = run
    if (first && 'touched' in context) await settleBefore(context, first.object)
    // Only a request that is alone may let the whole transaction fail; it saves the two turns of a savepoint.
    outcomes.push(...(await performRun(context, run, { ...options, isAlone: total === 1 })))
    if (options.atomic && outcomes.some((outcome) => 'error' in outcome)) {
      return undone(outcomes, total)
    }
  }
  return outcomes
}

/** Carries out one request and answers what was written. @throws RequestError what stands against it */
export async function performOne(
  context: Context,
  request: RecordRequest,
): Promise<Exclude<Outcome, { error: unknown }>> {
  const [outcome] = await perform(context, [request], { atomic: true })
  if (!outcome) throw new Error('A request came to nothing')
  if ('error' in outcome) throw outcome.error
  return outcome
}

/** Leaves the transaction so that it is rolled back, carrying what is to be answered. */
class Undone extends Error {
  readonly outcomes: Outcome[]

  constructor(outcomes: Outcome[]) {
    super('Undone because one request of an atomic batch failed')
    this.outcomes = outcomes
  }
}

function undone(outcomes: readonly Outcome[], total: number): Outcome[] {
  return Array.from({ length: total }, (_, index) => {
    const outcome = outcomes[index]
    return outcome && 'error' in outcome ? outcome : { error: rolledBack() }
  })
}

/** Requests that may be read and written together: the same kind on the same object, no record twice. */
function toRuns(requests: readonly RecordRequest[]): RecordRequest[][] {
  const runs: RecordRequest[][] = []
  const inRun = new Set<string>()
  for (const request of requests) {
    const last = runs.at(-1)?.[0]
    const key = keyOf(request)
    const isAlike =
      last?.op === request.op &&
      last.object === request.object &&
      fieldOf(last) === fieldOf(request) &&
      (request.op === 'create' || key !== '')
    if (isAlike && !inRun.has(key)) runs.at(-1)?.push(request)
    else {
      runs.push([request])
      inRun.clear()
    }
    if (key !== '') inRun.add(key)
  }
  return runs
}

/** What names the record: an id, or a unique value in any case. */
function keyOf(request: RecordRequest): string {
  if (request.op === 'update' || request.op === 'delete') return request.id.toLowerCase()
  const isFound = request.op === 'upsert' && fieldOf(request) !== undefined
  return isFound ? String(request.by.value).toLowerCase() : ''
}

/** The field by which an upsert finds its record; none if it gives it another value, which the next may ask for. */
function fieldOf(request: RecordRequest): string | undefined {
  if (request.op !== 'upsert') return undefined
  const { by, values } = request
  const isMoved = by.field in values && values[by.field] !== by.value
  return isMoved ? undefined : by.field
}

async function performRun(
  context: WriteContext,
  run: readonly RecordRequest[],
  options: RunOptions,
): Promise<Outcome[]> {
  const [first] = run
  if (!first) return []
  const object = context.release.model.objects.get(first.object)
  if (!object) {
    return run.map(() => ({
      error: new RequestError('not_found', {
        detail: message(`There is no object "${first.object}"`, `没有对象“${first.object}”`),
      }),
    }))
  }
  if (!context.actor.rights.object(object.name).read && first.as !== 'system') {
    return run.map(() => ({ error: new RequestError('forbidden') }))
  }
  switch (first.op) {
    case 'create':
    case 'update':
      return saveChanges(
        context,
        object,
        run as readonly (CreateRequest | UpdateRequest)[],
        options,
      )
    case 'upsert':
      return upsertRecords(context, object, run as readonly UpsertRequest[])
    case 'delete':
      return remove(context, object, run as readonly DeleteRequest[])
    case 'restore':
      return [await restore(context, object, first)]
  }
}

async function remove(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly DeleteRequest[],
): Promise<Outcome[]> {
  const results = await deleteRecords(context, object, requests, (work) =>
    attempt(context, object, work),
  )
  return results.map((result) =>
    result instanceof RequestError ? { error: result } : { status: 204, ...result },
  )
}

async function restore(
  context: WriteContext,
  object: ObjectModel,
  request: RestoreRequest,
): Promise<Outcome> {
  const result = await attempt(context, object, () => restoreRecord(context, object, request))
  return result instanceof RequestError ? { error: result } : { status: 200, ...result }
}

async function attempt(
  context: WriteContext,
  object: ObjectModel,
  work: () => Promise<Written>,
): Promise<Written | RequestError> {
  try {
    return await context.tx.savepoint(work)
  } catch (error) {
    const refusal =
      error instanceof RequestError ? error : mapConstraint(context.release, object.name, error)
    if (!refusal) throw error
    return refusal
  }
}
