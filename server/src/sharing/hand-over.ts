import { type Deactivation, type Holdings, localize, type ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { rightsOf } from '../access/load-actor.ts'
import { endSessions } from '../access/sessions.ts'
import type { Queryable } from '../db/index.ts'
import { failure, type Failure, message, RequestError } from '../errors.ts'
import { nameReferences } from '../query/name-references.ts'
import { isVisible } from '../query/visible-record.ts'
import { performOne } from '../records/perform.ts'
import { inSaveTransaction } from '../records/save-transaction.ts'
import { moveReports } from './move-reports.ts'
import { moveWorkItems } from './move-work-items.ts'
import { tryAll } from './try-all.ts'

/** So many records move in one transaction, and so many in one call. */
const CHUNK = 500
const MOST_MOVED = 20_000

type Count = Deactivation['moved'][number]

/** Who takes over what of a user. */
interface TakenOver extends Record<string, string | null> {
  successor: string | null
  approver: string | null
  manager: string | null
}

/** What a user owns, per object, and what waits for them. @throws RequestError not_found */
export async function loadHoldings(context: Context, user: string): Promise<Holdings> {
  await requireUser(context, user)
  const { db, release } = context
  const { physical } = release
  const objects = await countOwned(context, user)
  const reports = release.model.objects.get('user')?.fields.has('manager')
    ? sql`(select count(*) from ${physical.table('user')} where ${physical.column('user', 'manager')} = ${user}::uuid and deleted_at is null)`
    : sql`0`
  const [row] = await db.query<{ items: string; reports: string; queues: string }>(sql`
    select (select count(*) from ${physical.systemTable('_work_item')} as w
        join ${physical.systemTable('_approval')} as a on a.id = w.approval
        where w.assignee = ${user}::uuid and w.status in ('pending', 'waiting') and a.status = 'pending')::text as items,
      ${reports}::text as reports, ${queuesOf(context, user)}::text as queues`)
  return {
    objects: objects.filter(({ count }) => count > 0),
    work_items: Number(row?.items ?? 0),
    direct_reports: Number(row?.reports ?? 0),
    queues: Number(row?.queues ?? 0),
  }
}

function queuesOf({ release: { model, physical } }: Context, user: string): RawBuilder<unknown> {
  if (!model.objects.has('queue_member')) return sql`0`
  return sql`(select count(distinct ${physical.column('queue_member', 'queue')}) from ${physical.table('queue_member')}
    where ${physical.column('queue_member', 'member')} = ${user}::uuid and deleted_at is null)`
}

/**
 * Makes a user inactive, ends their sessions, and hands over: what they own, record by record in chunks that each
 * have their own transaction, then the work items of approvals, then those who report to them. What was moved stays
 * moved; the same call again moves what is left.
 * @throws RequestError not_found · forbidden · conflict for the last administrator · validation_failed for somebody who
 * cannot take over
 */
export async function deactivateUser(
  context: Context,
  user: string,
  { successor, approver, manager }: TakenOver,
): Promise<Deactivation> {
  await requireUser(context, user)
  await requireSuccessors(context, user, { successor, approver, manager })
  await performOne(context, { op: 'update', object: 'user', id: user, values: { active: false } })
  await endSessions(context.db, { tenant: context.actor.tenant, userId: user })
  const moved: Count[] = []
  let room = MOST_MOVED
  for (const object of successor === null ? [] : ownedObjects(context)) {
    const count = await moveOwned(context, { object, from: user, to: successor ?? '', most: room })
    room -= count
    if (count > 0) moved.push(countOf(context, object, count))
  }
  const workItems = await moveWorkItems(context, user, approver)
  const reports = await moveReports(context, user, manager)
  const left = (await countOwned(context, user)).filter(({ count }) => count > 0)
  const names = await nameReferences(
    context,
    successor === null ? [] : [{ object: 'user', id: successor }],
  )
  return {
    active: false,
    successor: successor === null ? null : { id: successor, name: names('user', successor) },
    moved,
    left,
    work_items: workItems,
    direct_reports: reports,
    complete: room > 0,
  }
}

async function requireUser(context: Context, id: string): Promise<void> {
  if (!(await isSeen(context, id))) throw new RequestError('not_found')
}

async function isSeen(context: Context, id: string): Promise<boolean> {
  const object = context.release.model.objects.get('user')
  return object !== undefined && (await isVisible(context, object, id))
}

async function requireSuccessors(
  context: Context,
  user: string,
  named: Readonly<Record<string, string | null>>,
): Promise<void> {
  const failures: Failure[] = []
  const refused = new Set<string>()
  for (const [path, id] of Object.entries(named)) {
    // Whoever takes over several things is refused once.
    if (id === null || refused.has(id)) continue
    const found = context.actor.organization.user(id)
    const isFit = id !== user && found?.isQueue === false && found.isActive
    if (isFit && (await isSeen(context, id))) continue
    const text = message('Must be another active user', '须为另一位启用的用户')
    failures.push(failure(path, 'validation_failed', text))
    refused.add(id)
  }
  if (failures.length > 0) throw new RequestError('validation_failed', { failures })
}

/** The objects whose records have an owner of their own. */
function ownedObjects({ release }: Context): ObjectModel[] {
  return [...release.model.objects.values()].filter((object) => object.master === undefined)
}

function countOf({ actor }: Context, object: ObjectModel, count: number): Count {
  return { object: object.name, label: localize(object.plural, actor.locale, object.name), count }
}

async function countOwned(context: Context, user: string): Promise<Count[]> {
  const parts = ownedObjects(context).map(
    (object) => sql`select ${object.name}::text as object, count(*)::text as total
      from ${context.release.physical.table(object.name)} as t where ${ownedBy(context, object, user)}`,
  )
  const rows = await context.db.query<{ object: string; total: string }>(
    sql`${sql.join(parts, sql` union all `)}`,
  )
  return rows.flatMap(({ object: name, total }) => {
    const object = context.release.model.objects.get(name)
    return object ? [countOf(context, object, Number(total))] : []
  })
}

/** Live records of an owner. The record of a user themself is theirs, whoever works in their place. */
function ownedBy({ release }: Context, object: ObjectModel, user: string): RawBuilder<boolean> {
  const owner = release.physical.column(object.name, 'owner', 't')
  const self = object.name === 'user' ? sql` and t.id <> ${user}::uuid` : sql``
  return sql<boolean>`${owner} = ${user}::uuid and t.deleted_at is null${self}`
}

/** Moves records of an object, the house itself doing it; those that an approval has locked stay. */
async function moveOwned(
  context: Context,
  asked: { object: ObjectModel; from: string; to: string; most: number },
): Promise<number> {
  const { object, to, most } = asked
  const sets = context.actor.organization.user(to)?.permissionSets ?? []
  if (!rightsOf(context.release, sets).object(object.name).read) return 0
  let moved = 0
  for (let last = FIRST_ID; moved < most;) {
    const chunk = await moveChunk(context, asked, { last, most: Math.min(CHUNK, most - moved) })
    moved += chunk.moved
    if (chunk.last === undefined) return moved
    last = chunk.last
  }
  return moved
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000'

async function moveChunk(
  context: Context,
  { object, from, to }: { object: ObjectModel; from: string; to: string },
  after: { last: string; most: number },
): Promise<{ moved: number; last: string | undefined }> {
  return inSaveTransaction(context, async (inside) => {
    const ids = await nextOwned(inside.tx, context, { object, from, after })
    const outcomes = await tryAll(
      inside,
      ids.map((id) => ({
        op: 'update',
        object: object.name,
        id,
        values: { owner: to },
        as: 'system',
      })),
    )
    const moved = outcomes.filter((outcome) => !('error' in outcome)).length
    return { moved, last: ids.at(-1) }
  })
}

async function nextOwned(
  tx: Queryable,
  context: Context,
  asked: { object: ObjectModel; from: string; after: { last: string; most: number } },
): Promise<string[]> {
  const { object, from, after } = asked
  const rows = await tx.query<{ id: string }>(sql`
    select t.id from ${context.release.physical.table(object.name)} as t
    where ${ownedBy(context, object, from)} and not t.locked and t.id > ${after.last}::uuid
    order by t.id limit ${after.most} for no key update of t`)
  return rows.map(({ id }) => id)
}
