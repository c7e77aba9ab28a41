import { setImmediate } from 'node:timers/promises'

import type { ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import type { CreateRequest, UpdateRequest } from '../effects/record-request.ts'
import { failure, message, RequestError } from '../errors.ts'
import { findDuplicates } from './find-duplicates.ts'
import { prepareChanges, type ReadChanges, readChanges } from './prepare-changes.ts'
import type { PreparedChange } from './prepared-change.ts'
import { requireReach } from './require-reach.ts'
import { writeChanges, type WrittenChanges } from './write-changes.ts'

/** What became of one request. */
export type Outcome =
  | { status: 200 | 201 | 204; id: string; version: number }
  | { error: RequestError }

/** How requests are carried out together. */
export interface RunOptions {
  atomic: boolean
  /** There is no other request in the transaction. */
  isAlone: boolean
}

/** Creates and updates of one object: everything is read, judged and written together. */
export async function saveChanges(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly (CreateRequest | UpdateRequest)[],
  options: RunOptions,
): Promise<Outcome[]> {
  const isMany = requests.length > PART && !options.atomic
  if (isMany && requests.every(({ op }) => op === 'create')) {
    return createInParts(context, object, requests)
  }
  const prepared = await prepareChanges(context, object, requests)
  await findDuplicates(context, object, prepared)
  const sound = prepared.filter((one) => one.error === undefined)
  const isHopeless = options.atomic && sound.length < prepared.length
  if (isHopeless) return prepared.map(({ error }) => ({ error: error ?? rolledBack() }))
  const written = await writeChanges(context, object, sound, options.isAlone)
  return prepared.map((one) => outcomeOf(one, written))
}

/** What a request is answered that failed with another. */
export function rolledBack(): RequestError {
  return new RequestError('rolled_back', {
    failures: [
      failure(
        '',
        'rolled_back',
        message('Not saved because another operation failed', '因其他操作失败而未保存'),
      ),
    ],
  })
}

function outcomeOf(one: PreparedChange, written: WrittenChanges): Outcome {
  const result = one.error ?? written.get(one) ?? new RequestError('stale_version')
  if (result instanceof RequestError) return { error: result }
  return { status: one.request.op === 'create' ? 201 : 200, ...result }
}

/** So many creates are written together, of more. */
const PART = 250
/** After so many judged changes others have their turn, about a millisecond. */
const JUDGED_AT_ONCE = 20

/**
 * Many creates, part by part: while the database writes one, the next is judged here. Each part reads before the
 * part before it is written, as all of them would if they were one.
 */
async function createInParts(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly (CreateRequest | UpdateRequest)[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const read = (from: number): Promise<ReadChanges> =>
    readChanges(context, object, requests.slice(from, from + PART))
  let current = await read(0)
  await judgeInTurns(current)
  for (let from = PART; ; from += PART) {
    const { prepared } = current
    const next = from < requests.length ? await read(from) : undefined
    await requireReach(context, object, prepared)
    await findDuplicates(context, object, prepared)
    const sound = prepared.filter((one) => one.error === undefined)
    const [written] = await Promise.all([
      writeChanges(context, object, sound, false),
      next && judgeInTurns(next),
    ])
    outcomes.push(...prepared.map((one) => outcomeOf(one, written)))
    if (!next) return outcomes
    current = next
  }
}

async function judgeInTurns(read: ReadChanges): Promise<void> {
  while (read.judge(JUDGED_AT_ONCE)) await setImmediate()
}
