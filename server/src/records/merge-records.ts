import { isDeepStrictEqual } from 'node:util'

import { isShown, type ObjectModel } from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import { ORGANIZATION_SOURCES } from '../access/load-organization.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import { failure, type Failure, message, RequestError } from '../errors.ts'
import { findSurvivors } from '../query/find-survivors.ts'
import { requireUnlocked } from './approval-locks.ts'
import { followingRollUps } from './follow-roll-ups.ts'
import { holdAgainstReferences, holdBelow } from './hold-in-order.ts'
import { moveReferences } from './move-references.ts'
import { moveSurroundings, noteMerge } from './move-surroundings.ts'
import { performIn } from './perform.ts'
import { type LoadedRecord, loadFields, loadForWrite } from './read-rows.ts'
import { moveFiles } from './require-files.ts'
import { inSaveTransaction } from './save-transaction.ts'
import { writeState, type Written } from './write-record.ts'

/** A record that takes part in a merge, in the version that the caller has seen. */
export interface MergedRecord {
  id: string
  version?: number
}

/** Records that are about the same thing, and what is to be left of them. */
export interface MergeRequest {
  /** The record that stays. */
  survivor: MergedRecord
  /** Those that it takes in: one or two, of the same object. */
  merged: readonly MergedRecord[]
  /** Fields whose value comes from one of those, by its id. */
  fields: Readonly<Record<string, string>>
}

/**
 * Makes one record of up to three. All that refers to the others refers to the survivor then; they go to the recycle
 * bin, and their ids lead to it. Everything is done, or nothing. Asked once more for what is done already, it does
 * nothing.
 *
 * @throws RequestError malformed · unknown_field · not_found · forbidden · stale_version · locked · conflict, and what
 *   saving the survivor may be refused for
 */
export async function mergeRecords(
  context: Context,
  object: ObjectModel,
  request: MergeRequest,
): Promise<Written> {
  refuseUnfit(context, object, request)
  return inSaveTransaction({ ...context, cause: 'merge' }, (inside) =>
    mergeIn(inside, object, request),
  )
}

function refuseUnfit(context: Context, object: ObjectModel, request: MergeRequest): void {
  const { rights } = context.actor
  const access = rights.object(object.name)
  if (!access.read || !access.edit || !access.delete) throw new RequestError('forbidden')
  if (ORGANIZATION_SOURCES.has(object.name)) {
    throw new RequestError('conflict', {
      detail: message(
        'Who belongs where cannot be merged: hand over the work instead',
        '组织数据不能合并，请使用交接',
      ),
    })
  }
  const ids = [request.survivor, ...request.merged].map(({ id }) => id)
  const failures: Failure[] = []
  if (new Set(ids).size < ids.length) {
    const text = message('The same record is named twice', '同一条记录被指定了两次')
    failures.push(failure('merge', 'malformed', text))
  }
  for (const [name, from] of Object.entries(request.fields)) {
    const field = object.fields.get(name)
    if (!field || !isShown(rights.field(field))) {
      const text = message(`There is no field "${name}"`, `没有字段“${name}”`)
      failures.push(failure(`fields.${name}`, 'unknown_field', text))
    } else if (!ids.includes(from)) {
      const text = message('This record takes no part in the merge', '该记录不在合并之列')
      failures.push(failure(`fields.${name}`, 'malformed', text))
    }
  }
  if (failures.length > 0) throw new RequestError('malformed', { failures })
}

async function mergeIn(
  context: WriteContext,
  object: ObjectModel,
  request: MergeRequest,
): Promise<Written> {
  const { survivor } = request
  const from = request.merged.map(({ id }) => id)
  const ids = [survivor.id, ...from]
  await holdBelow(context, object.name, from)
  await holdAgainstReferences(context, object.name, ids)
  const done = await requireUnmerged(context, object, ids)
  const loaded = await loadForWrite(context, object, ids)
  const left = loaded.get(survivor.id)
  if (done && left?.canRead === true) return { id: left.id, version: left.version }
  await requireMergeable(context, object, request, loaded)
  const values = valuesTaken(object, request, loaded)
  const replaced = { object, from, to: survivor.id }
  const written = await followingRollUps(
    context,
    async (inside) => {
      await moveReferences(inside, replaced)
      await writeState(inside, object.name, from, { action: 'deleted' })
      await moveFiles(inside, { ...replaced, fields: Object.keys(values) })
      // Last, when the unique values of the others are free and all is the survivor's that was theirs.
      const [outcome] = await performIn(
        inside,
        [{ op: 'update', object: object.name, id: survivor.id, values, allowDuplicates: true }],
        { atomic: true },
      )
      if (!outcome) throw new Error('A merge came to nothing')
      if ('error' in outcome) throw outcome.error
      return outcome
    },
    { isSystem: true },
  )
  await moveSurroundings(context, replaced)
  await noteMerge(context, replaced)
  recordAudit(context.tx, {
    ...callerOf(context),
    action: 'merge',
    object: object.name,
    record: survivor.id,
    details: { merged: from, fields: request.fields },
  })
  return { id: written.id, version: written.version }
}

/**
 * Whether just this was done before.
 * @throws RequestError conflict if some of the records have been merged otherwise, for who may see into what
 */
async function requireUnmerged(
  context: WriteContext,
  object: ObjectModel,
  [survivor = '', ...others]: readonly string[],
): Promise<boolean> {
  const known = await findSurvivors(context.tx, context.release, object, [survivor, ...others])
  if (known.size === 0) return false
  if (others.every((id) => known.get(id) === survivor)) return true
  const left = [...new Set(known.values())]
  const seen = await loadFields(context, { object, ids: left, names: [], which: 'seen' })
  if (seen.size < left.length) throw new RequestError('not_found')
  throw new RequestError('conflict', {
    detail: message(
      'One of these records has been merged already',
      '其中有记录已被合并，请刷新后重试',
    ),
  })
}

/** What of the records and of the caller's rights stands against the merge. */
async function requireMergeable(
  context: WriteContext,
  object: ObjectModel,
  { survivor, merged }: MergeRequest,
  loaded: ReadonlyMap<string, LoadedRecord>,
): Promise<void> {
  const all = [survivor, ...merged]
  if (all.some(({ id }) => loaded.get(id)?.canRead !== true)) throw new RequestError('not_found')
  const mayMerge = all.every(({ id }) => {
    const record = loaded.get(id)
    return record?.canEdit === true && (id === survivor.id || record.canDelete)
  })
  if (!mayMerge) {
    throw new RequestError('forbidden', {
      detail: message(
        'Merging takes the right to edit all of these records, and to delete those that give way',
        '合并需要对所有记录有编辑权限，并对被合并的记录有删除权限',
      ),
    })
  }
  if (all.some(({ id, version }) => version !== undefined && loaded.get(id)?.version !== version)) {
    throw new RequestError('stale_version')
  }
  await requireUnlocked(context, object, [...loaded.values()])
}

/** The values that the survivor takes from the others, where it has not the same. */
function valuesTaken(
  object: ObjectModel,
  { survivor, fields }: MergeRequest,
  loaded: ReadonlyMap<string, LoadedRecord>,
): Record<string, unknown> {
  const valueOf = (id: string, name: string): unknown => {
    const values = loaded.get(id)?.values ?? {}
    const { members } = object.fields.get(name) ?? {}
    if (!members) return values[name] ?? null
    // A lookup of several objects is kept as one reference to each of them.
    const [member] = members.filter((one) => (values[one.name] ?? null) !== null)
    return member ? { object: member.target, id: values[member.name] } : null
  }
  return Object.fromEntries(
    Object.entries(fields)
      .map(([name, from]) => [name, valueOf(from, name)] as const)
      .filter(([name, value]) => !isDeepStrictEqual(value, valueOf(survivor.id, name))),
  )
}
