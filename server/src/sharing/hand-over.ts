import { type Deactivation, type Holdings, localize, type ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { rightsOf } from '../access/load-actor.ts'
import { endSessions } from '../access/sessions.ts'
import type { Queryable } from '../db/index.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { nameReferences } from '../query/name-references.ts'
import { isVisible } from '../query/visible-record.ts'
import { performOne } from '../records/perform.ts'
import { inSaveTransaction } from '../records/save-transaction.ts'
import { moveWorkItems } from './move-work-items.ts'
import { tryAll } from './try-all.ts'

/** So many records move in one transaction, and so many in one call. */
const CHUNK = 500
const MOST_MOVED = 20_000

type Count = Deactivation['moved'][number]

/** What a user owns, per object, and what waits for them. @throws RequestError not_found */
export async function loadHoldings(context: Context, user: string): Promise<Holdings> {
  await requireUser(context, user, 'not_found')
  const { db, release } = context
  const { physical } = release
  const objects = await countOwned(context, user)
  const reports = release.model.objects.get('user')?.fields.has('manager')
    ? sql`(select count(*) from ${physical.table('user')} where ${physical.column('user', 'manager')} = ${user}::uuid and deleted_at is null)`
    : sql`0`
  const [row] = await db.query<{ items: string; reports: string }>(sql`
    select (select count(*) from ${physical.systemTable('_work_item')} as w
        join ${physical.systemTable('_approval')} as a on a.id = w.approval
        where w.assignee = ${user}::uuid and w.status in ('pending', 'waiting') and a.status = 'pending')::text as items,
      ${reports}::text as reports`)
  return {
    objects: objects.filter(({ count }) => count > 0),
    work_items: Number(row?.items ?? 0),
    direct_reports: Number(row?.reports ?? 0),
  }
}

/**
 * Makes a user inactive, ends their sessions, and hands what they own to a successor: records chunk by chunk, each
 * in its own transaction, then the work items of approvals. What was moved stays moved; the same call again moves
 * what is left.
 * @throws RequestError not_found · forbidden · conflict for the last administrator · validation_failed for a successor
 * who cannot be one
 */
export async function deactivateUser(
  context: Context,
  user: string,
  successor: string | null,
): Promise<Deactivation> {
  await requireUser(context, user, 'not_found')
  if (successor !== null) await requireSuccessor(context, user, successor)
  await performOne(context, { op: 'update', object: 'user', id: user, values: { active: false } })
  await endSessions(context.db, { tenant: context.actor.tenant, userId: user })
  const moved: Count[] = []
  let room = MOST_MOVED
  for (const object of successor === null ? [] : ownedObjects(context)) {
    const count = await moveOwned(context, { object, from: user, to: successor ?? '', most: room })
    room -= count
    if (count > 0) moved.push(countOf(context, object, count))
  }
  const workItems = await moveWorkItems(context, user, successor)
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
    complete: room > 0,
  }
}

async function requireUser(
  context: Context,
  id: string,
  otherwise: 'not_found' | 'validation_failed',
): Promise<void> {
  const object = context.release.model.objects.get('user')
  if (object && (await isVisible(context, object, id))) return
  if (otherwise === 'not_found') throw new RequestError('not_found')
  throw refuse('validation_failed', 'successor', message('There is no such user', '没有该用户'))
}

async function requireSuccessor(context: Context, user: string, successor: string): Promise<void> {
  await requireUser(context, successor, 'validation_failed')
  const found = context.actor.organization.user(successor)
  if (successor !== user && found?.isQueue === false && found.isActive) return
  throw refuse(
    'validation_failed',
    'successor',
    message('The successor has to be another active user', '接手人须为另一位启用的用户'),
  )
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
