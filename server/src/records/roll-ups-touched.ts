import { CURRENCY, isRollUp, isTold, rollUpsOf, type RollUpField } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { releaseCache } from '../query/release-cache.ts'
import type { Release } from '../schema/release.ts'
import type { TouchedRecords, TouchedState } from './touched.ts'

/** Roll-ups of one record that have to be made anew. */
export interface Asked {
  fields: Set<RollUpField>
  /** Whether the rules of the record are asked: not for what the house itself does. */
  isJudged: boolean
  /** The field of the child under which a refusal is told; empty where it is not the caller's own. */
  path: string
}

/** What is to be made anew, by object and record. */
export type Parents = Map<string, Map<string, Asked>>

const byChild = releaseCache<readonly RollUpField[]>('roll-ups', 2000)

/** The roll-ups that are made of records of an object. */
export function rollUpsOver(release: Release, child: string): readonly RollUpField[] {
  return byChild(release).get(child, () => rollUpsOf(release.model, child))
}

/** Whose roll-ups the written records belong to, before and after. */
export async function findParents(
  context: WriteContext,
  { changes, states }: TouchedRecords,
): Promise<Parents> {
  const parents: Parents = new Map()
  addChanges(parents, context, changes)
  for (const state of states) await addState(parents, context, state)
  return parents
}

/** Adds the parents of changed records. `isFollowing` where the changes are roll-ups themselves. */
export function addChanges(
  parents: Parents,
  { release, actor }: Pick<WriteContext, 'release' | 'actor'>,
  changes: readonly RecordChange[],
  isFollowing = false,
): void {
  for (const change of changes) {
    addOwn(parents, change)
    const fields = rollUpsOver(release, change.object.name)
    if (fields.length === 0) continue
    const changed = changedFields(change)
    for (const field of fields) {
      const { via, reads } = field.rollUp
      const isTouched = change.op === 'create' || changed.some((name) => reads.has(name))
      if (!isTouched) continue
      const reference = change.object.fields.get(via)
      const isShown = !isFollowing && reference && isTold(actor.rights.field(reference))
      const asked = { isJudged: !change.isSystem, path: isShown ? via : '' }
      add(parents, field, [change.before?.values[via], change.after[via]], asked)
    }
  }
}

/** What a record with another currency has of its children is in that from now on. */
function addOwn(parents: Parents, change: RecordChange): void {
  const { object, op, id, isSystem } = change
  if (!object.money || op === 'create' || !changedFields(change).includes(CURRENCY)) return
  for (const field of object.fields.values()) {
    if (!isRollUp(field) || field.rollUp.isConverted !== true) continue
    add(parents, field, [id], { isJudged: !isSystem, path: '' })
  }
}

async function addState(
  parents: Parents,
  context: WriteContext,
  { object, ids, emptied, isSystem }: TouchedState,
): Promise<void> {
  const { physical } = context.release
  const touched = rollUpsOver(context.release, object).filter(
    (field) => emptied === undefined || field.rollUp.reads.has(emptied.field),
  )
  for (const [via, fields] of Map.groupBy(touched, (field) => field.rollUp.via)) {
    const column = physical.column(object, via)
    const rows =
      via === emptied?.field
        ? [{ parent: emptied.old }]
        : await context.tx.query<{ parent: string }>(sql`
            select distinct ${column}::text as parent from ${physical.table(object)}
            where id = any(${[...ids]}::uuid[]) and ${column} is not null`)
    for (const field of fields) {
      add(
        parents,
        field,
        rows.map(({ parent }) => parent),
        { isJudged: !isSystem, path: '' },
      )
    }
  }
}

function add(
  parents: Parents,
  field: RollUpField,
  ids: readonly unknown[],
  { isJudged, path }: Pick<Asked, 'isJudged' | 'path'>,
): void {
  for (const id of ids) {
    if (typeof id !== 'string') continue
    const records = parents.get(field.object) ?? new Map<string, Asked>()
    parents.set(field.object, records)
    const asked = records.get(id) ?? { fields: new Set(), isJudged, path }
    asked.fields.add(field)
    asked.isJudged ||= isJudged
    records.set(id, asked)
  }
}
