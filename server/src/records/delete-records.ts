import { type FieldModel, isRecordId, masterFields, type ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import type { DeleteRequest } from '../effects/record-request.ts'
import { RequestError } from '../errors.ts'
import { findUnderLocked, masterLocked } from './approval-locks.ts'
import { followingRollUps } from './follow-roll-ups.ts'
import { holdAgainstReferences, holdBelow } from './hold-in-order.ts'
import { type LoadedRecord, loadForWrite } from './read-rows.ts'
import { referrers } from './referrers.ts'
import { blockedBy, lockedBy, type Referring } from './refuse-delete.ts'
import { rollUpsOver } from './roll-ups-touched.ts'
import type { WritingContext } from './touched.ts'
import { writeState, type Written } from './write-record.ts'

/** What became of one request to delete. */
type Deletion = Written | RequestError

/** Carries out work that may be refused without ending the transaction. */
type Apart = (work: () => Promise<Written>) => Promise<Deletion>

/**
 * Moves records of one object into the recycle bin, each as `deleteRecord` does, in their order. Those that nothing
 * refers to, which is most of many, go together; one that is referred to is asked for by itself.
 */
export async function deleteRecords(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly DeleteRequest[],
  apart: Apart,
): Promise<Deletion[]> {
  const ids = idsOf(requests)
  await holdBelow(context, object.name, ids)
  await holdAgainstReferences(context, object.name, ids)
  const referred = await findReferred(context, object, ids)
  const isReferred = (request: DeleteRequest): boolean =>
    request.unreferred !== true && referred.has(request.id.toLowerCase())
  const outcomes: Deletion[] = []
  for (let from = 0; from < requests.length;) {
    const [first, ...rest] = requests.slice(from)
    if (!first) break
    if (isReferred(first)) {
      outcomes.push(await apart(() => deleteRecord(context, object, first)))
      from += 1
      continue
    }
    const next = rest.findIndex(isReferred)
    const together = requests.slice(from, next < 0 ? undefined : from + 1 + next)
    outcomes.push(...(await deleteTogether(context, object, together, { referred, apart })))
    from += together.length
  }
  return outcomes
}

function idsOf(requests: readonly DeleteRequest[]): string[] {
  return requests.flatMap(({ id }) => (isRecordId(id) ? [id.toLowerCase()] : []))
}

/** Records that live records refer to. */
async function findReferred(
  context: WriteContext,
  object: ObjectModel,
  ids: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>()
  const { physical } = context.release
  for (const field of ids.length === 0 ? [] : referrers(context, object.name)) {
    const column = physical.column(field.object, field.name)
    const rows = await context.tx.query<{ target: string }>(sql`
      select distinct ${column}::text as target from ${physical.table(field.object)}
      where ${column} = any(${[...ids]}::uuid[]) and deleted_at is null`)
    for (const { target } of rows) found.add(target)
  }
  return found
}

async function deleteTogether(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly DeleteRequest[],
  { referred, apart }: { referred: ReadonlySet<string>; apart: Apart },
): Promise<Deletion[]> {
  const loaded = await loadForWrite(context, object, idsOf(requests))
  const locked = await findUnderLocked(context, object, [...loaded.values()])
  const judged = requests.map((request) => {
    const record = loaded.get(request.id.toLowerCase())
    return refusalOf(context, object, request, record) ?? heldBack(request, record, referred)
  })
  const outcomes = requests.map((request, index) => {
    const isHeld = locked.has(request.id.toLowerCase())
    return judged[index] ?? (isHeld ? masterLocked() : undefined)
  })
  const sound = requests.filter((_, index) => outcomes[index] === undefined)
  const written = await writeDeleted(context, object, sound, apart)
  return requests.map(
    ({ id }, index) =>
      outcomes[index] ?? written.get(id.toLowerCase()) ?? new RequestError('not_found'),
  )
}

/** Deletes records at once; if a record refuses what that makes of its roll-ups, each by itself. */
async function writeDeleted(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly DeleteRequest[],
  apart: Apart,
): Promise<Map<string, Deletion>> {
  const ids = idsOf(requests)
  const isSystem = requests.every((request) => request.as === 'system')
  const write = async (): Promise<Map<string, Deletion>> => {
    const rows = await followingRollUps(
      context,
      (inside) => writeState(inside, object.name, ids, { action: 'deleted' }),
      { isSystem },
    )
    return new Map(rows.map((row) => [row.id, row]))
  }
  if (rollUpsOver(context.release, object.name).length === 0) return write()
  try {
    return await context.tx.savepoint(write)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    const [only, ...others] = ids
    if (only !== undefined && others.length === 0) return new Map([[only, error]])
  }
  const results = new Map<string, Deletion>()
  for (const request of requests) {
    const result = await apart(() => deleteRecord(context, object, request))
    results.set(request.id.toLowerCase(), result)
  }
  return results
}

function heldBack(
  { unreferred }: DeleteRequest,
  record: LoadedRecord | undefined,
  referred: ReadonlySet<string>,
): RequestError | undefined {
  return unreferred === true && record && referred.has(record.id)
    ? new RequestError('in_use')
    : undefined
}

/**
 * Moves a record into the recycle bin, its details and cascading children with it; references that may be empty
 * are emptied.
 * @throws RequestError not_found · forbidden · stale_version · locked · in_use, naming what still refers to it
 */
async function deleteRecord(
  context: WriteContext,
  object: ObjectModel,
  request: DeleteRequest,
): Promise<Written> {
  const [id = ''] = idsOf([request])
  const record = id === '' ? undefined : (await loadForWrite(context, object, [id])).get(id)
  const refusal = refusalOf(context, object, request, record)
  if (refusal) throw refusal
  if ((await findUnderLocked(context, object, record ? [record] : [])).size > 0) {
    throw masterLocked()
  }
  const isSystem = request.as === 'system'
  const [written] = await followingRollUps(
    context,
    async (inside) => {
      await releaseChildren(inside, object, [id], new Set([`${object.name} ${id}`]))
      return writeState(inside, object.name, [id], { action: 'deleted' })
    },
    { isSystem },
  )
  if (!written) throw new RequestError('not_found')
  return written
}

/** What of the record itself and of the caller's rights stands against deleting it. */
function refusalOf(
  context: WriteContext,
  object: ObjectModel,
  request: DeleteRequest,
  record: LoadedRecord | undefined,
): RequestError | undefined {
  const isSystem = request.as === 'system'
  const access = context.actor.rights.object(object.name)
  if (!access.read || (!access.delete && !isSystem)) return new RequestError('forbidden')
  if (!record || (!record.canRead && !isSystem)) return new RequestError('not_found')
  if (!record.canDelete && !isSystem) return new RequestError('forbidden')
  if (request.version !== undefined && request.version !== record.version) {
    return new RequestError('stale_version')
  }
  return record.values['locked'] === true ? new RequestError('locked') : undefined
}

async function releaseChildren(
  context: WritingContext,
  object: ObjectModel,
  ids: readonly string[],
  seen: Set<string>,
): Promise<void> {
  for (const field of referrers(context, object.name)) {
    const child = context.release.model.objects.get(field.object)
    if (!child) continue
    const { physical } = context.release
    const filter = rowFilter(context, { object: child, right: 'read', alias: 't' })
    const target = physical.column(child.name, field.name, 't')
    const hold = field.onDelete === 'cascade' ? sql`for update` : sql`for no key update`
    const rows = await context.tx.query(sql<Referring>`
      select t.id, t.name, t.locked or ${isUnderLocked(context, child)} as locked, ${target}::text as target, ${filter ?? sql`true`} as "canRead"
      from ${physical.table(child.name)} as t
      where ${target} = any(${[...ids]}::uuid[]) and t.deleted_at is null order by t.id ${hold} of t`)
    const fresh = rows.filter((row) => !seen.has(`${child.name} ${row.id}`))
    if (fresh.length > 0) await releaseFrom(context, { child, field, rows: fresh }, seen)
  }
}

/** Whether an approval has locked a master of a detail, which is read under the alias t. */
function isUnderLocked({ release }: WritingContext, child: ObjectModel): RawBuilder<boolean> {
  const { physical } = release
  const held = masterFields(child).map(
    ({ name, target = '' }) =>
      sql`exists (select 1 from ${physical.table(target)} as m where m.id = ${physical.column(child.name, name, 't')} and m.locked)`,
  )
  return held.length === 0 ? sql`false` : sql`(${sql.join(held, sql` or `)})`
}

async function releaseFrom(
  context: WritingContext,
  found: { child: ObjectModel; field: FieldModel; rows: Referring[] },
  seen: Set<string>,
): Promise<void> {
  const { child, field, rows } = found
  if (field.onDelete === 'restrict') throw blockedBy(context, found)
  if (rows.some((row) => row.locked)) throw lockedBy(context, found)
  if (field.onDelete === 'set_null') {
    for (const [target, group] of Map.groupBy(rows, (row) => row.target)) {
      await writeState(
        context,
        child.name,
        group.map((row) => row.id),
        { action: 'updated', field: { name: field.name, old: target } },
      )
    }
    return
  }
  const ids = rows.map((row) => row.id)
  for (const id of ids) seen.add(`${child.name} ${id}`)
  await releaseChildren(context, child, ids, seen)
  await writeState(context, child.name, ids, { action: 'deleted' })
}
