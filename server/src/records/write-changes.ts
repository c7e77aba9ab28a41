import type { ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import { assignNumbers } from './assign-numbers.ts'
import { findTaken } from './find-taken.ts'
import { followingRollUps } from './follow-roll-ups.ts'
import { followWrite } from './follow-write.ts'
import { mapConstraint } from './map-constraint.ts'
import type { PreparedChange } from './prepared-change.ts'
import { attachFiles } from './require-files.ts'
import { insertRecords, updateRecords, type Written } from './write-record.ts'

/** What became of each change: missing if it found another version than it began with. */
export type WrittenChanges = Map<PreparedChange, Written | RequestError>

/**
 * Writes sound changes of one object, as many as can be in one go.
 *
 * @param isAlone nothing else is in the transaction: what the database refuses is thrown, and ends it
 */
export async function writeChanges(
  context: WriteContext,
  object: ObjectModel,
  sound: readonly PreparedChange[],
  isAlone: boolean,
): Promise<WrittenChanges> {
  if (sound.length === 0) return new Map()
  if (isAlone) {
    try {
      return await write(context, sound)
    } catch (error) {
      throw mapConstraint(context.release, object.name, error) ?? error
    }
  }
  const results: WrittenChanges = new Map()
  const free = await withoutTaken(context, object, sound, results)
  await writeApart(context, object, free, results)
  return results
}

/** Leaves out those that are to be created with a unique value that is taken: each of them is refused by it. */
async function withoutTaken(
  context: WriteContext,
  object: ObjectModel,
  sound: readonly PreparedChange[],
  results: WrittenChanges,
): Promise<readonly PreparedChange[]> {
  const creates = sound.flatMap(({ change }) => (change?.op === 'create' ? [change] : []))
  if (creates.length < 2) return sound
  const taken = await findTaken(context, object, creates)
  return sound.filter((one) => {
    const refusal = one.change && taken.get(one.change)
    if (refusal) results.set(one, refusal)
    return !refusal
  })
}

/**
 * If one of many is refused as it is written (a value that somebody else took at this very moment, a circle that
 * only two of them make), the halves are written by themselves and so on down to the ones that it refuses, in their order.
 */
async function writeApart(
  context: WriteContext,
  object: ObjectModel,
  sound: readonly PreparedChange[],
  results: WrittenChanges,
): Promise<void> {
  const [first] = sound
  if (!first) return
  try {
    const written = await context.tx.savepoint(() => write(context, sound))
    for (const [one, what] of written) results.set(one, what)
  } catch (error) {
    const refusal =
      error instanceof RequestError ? error : mapConstraint(context.release, object.name, error)
    if (!refusal) throw error
    if (sound.length === 1) {
      results.set(first, refusal)
      return
    }
    // Somebody else may have taken many values at once, and has told only now.
    const left = await withoutTaken(context, object, sound, results)
    if (left.length < sound.length) {
      await writeApart(context, object, left, results)
      return
    }
    const half = Math.ceil(sound.length / 2)
    await writeApart(context, object, sound.slice(0, half), results)
    await writeApart(context, object, sound.slice(half), results)
  }
}

async function write(
  context: WriteContext,
  sound: readonly PreparedChange[],
): Promise<WrittenChanges> {
  const changes = sound.flatMap((one) => one.change ?? [])
  const creates = changes.filter((change) => change.op === 'create')
  const updates = changes.filter((change) => change.op === 'update')
  await assignNumbers(context, creates)
  const written = await followingRollUps(context, async (inside) => {
    const rows = [
      ...(await insertRecords(inside, creates)),
      ...(await updateRecords(inside, updates)),
    ]
    const ids = new Set(rows.map(({ id }) => id))
    await attachFiles(
      inside,
      changes.filter(({ id }) => ids.has(id)),
    )
    await followWrite(inside, [...creates, ...updates])
    return rows
  })
  const byId = new Map(written.map((one) => [one.id, one]))
  return new Map(
    sound.flatMap((one) => {
      const found = byId.get(one.change?.id ?? '')
      return found ? [[one, found] as const] : []
    }),
  )
}
