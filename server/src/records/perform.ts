import type { ObjectModel } from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import { hasSqlState } from '../db/index.ts'
import type {
  CreateRequest,
  RecordRequest,
  UpdateRequest,
  UpsertRequest,
} from '../effects/record-request.ts'
import { failure, message, RequestError } from '../errors.ts'
import { assignNumbers } from './assign-numbers.ts'
import { deleteRecord, restoreRecord } from './delete-records.ts'
import { findByUnique, uniqueKey } from './find-named.ts'
import { mapConstraint } from './map-constraint.ts'
import { prepareChanges } from './prepare-changes.ts'
import type { PreparedChange } from './prepared-change.ts'
import { insertRecords, updateRecords, type Written } from './write-record.ts'

/** What became of one request. */
export type Outcome =
  | { status: 200 | 201 | 204; id: string; version: number }
  | { error: RequestError }

/** How long a save waits for somebody who holds the record; then it answers 409 instead of hanging. */
export const SAVE_LOCK_TIMEOUT_MS = 10_000

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
    return await context.db.inTransaction(
      (tx) => performOrUndo({ ...context, tx }, requests, options),
      { lockTimeoutMs: SAVE_LOCK_TIMEOUT_MS },
    )
  } catch (error) {
    if (error instanceof Undone) return error.outcomes
    if (error instanceof RequestError && requests.length === 1) return [{ error }]
    if (hasSqlState(error, '55P03')) {
      throw new RequestError('conflict', {
        detail: message(
          'Somebody else is changing this record. Try again.',
          '他人正在修改该记录，请稍后重试',
        ),
      })
    }
    throw error
  }
}

async function performOrUndo(
  context: WriteContext,
  requests: readonly RecordRequest[],
  options: { atomic: boolean },
): Promise<Outcome[]> {
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
  const outcomes: Outcome[] = []
  for (const run of toRuns(requests)) {
    // Only a request that is alone may let the whole transaction fail; it saves the two turns of a savepoint.
    outcomes.push(
      ...(await performRun(context, run, { ...options, isAlone: requests.length === 1 })),
    )
    if (options.atomic && outcomes.some((outcome) => 'error' in outcome)) {
      return undone(outcomes, requests.length)
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
  const rolledBack: Outcome = {
    error: new RequestError('rolled_back', {
      failures: [
        failure(
          '',
          'rolled_back',
          message('Not saved because another operation failed', '因其他操作失败而未保存'),
        ),
      ],
    }),
  }
  return Array.from({ length: total }, (_, index) => {
    const outcome = outcomes[index]
    return outcome && 'error' in outcome ? outcome : rolledBack
  })
}

/** Requests that may be read and written together: the same kind on the same object, no record twice. */
function toRuns(requests: readonly RecordRequest[]): RecordRequest[][] {
  const runs: RecordRequest[][] = []
  const inRun = new Set<string>()
  for (const request of requests) {
    const last = runs.at(-1)?.[0]
    const key = request.op === 'update' ? request.id : ''
    const isAlike =
      last?.op === request.op &&
      last.object === request.object &&
      (request.op === 'create' || request.op === 'update')
    if (isAlike && !inRun.has(key)) runs.at(-1)?.push(request)
    else {
      runs.push([request])
      inRun.clear()
    }
    if (key !== '') inRun.add(key)
  }
  return runs
}

interface RunOptions {
  atomic: boolean
  /** There is no other request in the transaction. */
  isAlone: boolean
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
      return save(context, object, run as readonly (CreateRequest | UpdateRequest)[], options)
    case 'upsert':
      return [await upsert(context, object, first)]
    case 'delete':
      return [await attempt(context, object, 204, () => deleteRecord(context, object, first))]
    case 'restore':
      return [await attempt(context, object, 200, () => restoreRecord(context, object, first))]
  }
}

async function attempt(
  context: WriteContext,
  object: ObjectModel,
  status: 200 | 204,
  work: () => Promise<Written>,
): Promise<Outcome> {
  try {
    return { status, ...(await context.tx.savepoint(work)) }
  } catch (error) {
    const refusal =
      error instanceof RequestError ? error : mapConstraint(context.release, object.name, error)
    if (!refusal) throw error
    return { error: refusal }
  }
}

/** Creates and updates of one object: everything is read, judged and written together. */
async function save(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly (CreateRequest | UpdateRequest)[],
  options: RunOptions,
): Promise<Outcome[]> {
  const prepared = await prepareChanges(context, object, requests)
  const sound = prepared.filter((one) => one.error === undefined)
  const isHopeless = options.atomic && sound.length < prepared.length
  const written = isHopeless
    ? new Map<PreparedChange, Written | RequestError>()
    : await writeAll(context, object, sound, options.isAlone)
  return prepared.map((one): Outcome => {
    const result = one.error ?? written.get(one) ?? new RequestError('stale_version')
    if (result instanceof RequestError) return { error: result }
    return { status: one.request.op === 'create' ? 201 : 200, ...result }
  })
}

/**
 * Writes sound changes in one go. If the database refuses one of many (a value that somebody else took at this
 * very moment), each is written by itself, so that one bad row does not take the others with it.
 */
async function writeAll(
  context: WriteContext,
  object: ObjectModel,
  sound: readonly PreparedChange[],
  isAlone: boolean,
): Promise<Map<PreparedChange, Written | RequestError>> {
  if (sound.length === 0) return new Map()
  try {
    const written = isAlone
      ? await write(context, sound)
      : await context.tx.savepoint(() => write(context, sound))
    const byId = new Map(written.map((one) => [one.id, one]))
    return new Map(
      sound.flatMap((one) => {
        const found = byId.get(one.change?.id ?? '')
        return found ? [[one, found] as const] : []
      }),
    )
  } catch (error) {
    const refusal = mapConstraint(context.release, object.name, error)
    if (!refusal) throw error
    if (isAlone) throw refusal
    return writeEach(context, object, sound)
  }
}

async function writeEach(
  context: WriteContext,
  object: ObjectModel,
  sound: readonly PreparedChange[],
): Promise<Map<PreparedChange, Written | RequestError>> {
  const results = new Map<PreparedChange, Written | RequestError>()
  for (const one of sound) {
    try {
      const [written] = await context.tx.savepoint(() => write(context, [one]))
      if (written) results.set(one, written)
    } catch (error) {
      const refusal = mapConstraint(context.release, object.name, error)
      if (!refusal) throw error
      results.set(one, refusal)
    }
  }
  return results
}

async function write(context: WriteContext, sound: readonly PreparedChange[]): Promise<Written[]> {
  const changes = sound.flatMap((one) => one.change ?? [])
  const creates = changes.filter((change) => change.op === 'create')
  await assignNumbers(context, creates)
  return [
    ...(await insertRecords(context, creates)),
    ...(await updateRecords(
      context,
      changes.filter((change) => change.op === 'update'),
    )),
  ]
}

const IN_COMPANY: RunOptions = { atomic: false, isAlone: false }

async function upsert(
  context: WriteContext,
  object: ObjectModel,
  request: UpsertRequest,
): Promise<Outcome> {
  const field = object.fields.get(request.by.field)
  if (!field || context.actor.rights.field(field) === 'none' || !field.isUnique) {
    return {
      error: new RequestError('unknown_field', {
        failures: [
          failure(
            request.by.field,
            'unknown_field',
            message(
              `"${request.by.field}" is no unique field`,
              `“${request.by.field}”不是唯一字段`,
            ),
          ),
        ],
      }),
    }
  }
  const found =
    (await findByUnique(context, object, field, [request.by.value])).get(
      uniqueKey(field, request.by.value),
    ) ?? []
  if (found.length > 1) return { error: new RequestError('ambiguous') }
  const [id] = found
  const common = { object: request.object, ...(request.as ? { as: request.as } : {}) }
  if (id !== undefined) {
    return firstOf(
      await save(
        context,
        object,
        [{ ...common, op: 'update', id, values: request.values }],
        IN_COMPANY,
      ),
    )
  }
  const create: CreateRequest = {
    ...common,
    op: 'create',
    values: { [field.name]: request.by.value, ...request.values },
  }
  return createOrUpdate(context, object, request, create)
}

// Two upserts of the same value at the same moment: the unique index lets one insert; the other updates what it finds.
async function createOrUpdate(
  context: WriteContext,
  object: ObjectModel,
  request: UpsertRequest,
  create: CreateRequest,
): Promise<Outcome> {
  try {
    return firstOf(
      await context.tx.savepoint(() =>
        save(context, object, [create], { atomic: false, isAlone: true }),
      ),
    )
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== 'duplicate') throw error
    const field = object.fields.get(request.by.field)
    const [id] = field
      ? ((await findByUnique(context, object, field, [request.by.value])).get(
          uniqueKey(field, request.by.value),
        ) ?? [])
      : []
    if (id === undefined) return { error }
    return firstOf(
      await save(
        context,
        object,
        [{ object: request.object, op: 'update', id, values: request.values }],
        IN_COMPANY,
      ),
    )
  }
}

function firstOf(outcomes: readonly Outcome[]): Outcome {
  const [first] = outcomes
  if (!first) throw new Error('A request came to nothing')
  return first
}
