import {
  type Delegation,
  type Delegations,
  type NewDelegation,
  parseMoment,
} from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import { findManagedUser } from '../access/find-managed-user.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import { failure, type Failure, message, RequestError } from '../errors.ts'
import { nameReferences } from '../query/name-references.ts'
import { isVisible } from '../query/visible-record.ts'
import {
  type DelegationValues,
  findDelegation,
  hasOverlap,
  insertDelegation,
  loadDelegationsOf,
  lockDelegator,
  stopDelegation,
  type StoredDelegation,
} from './delegation-store.ts'

/** Nobody stays away for longer without thinking of it again. */
const MOST_DAYS = 366
const DAY_MS = 86_400_000
const LOCK_TIMEOUT_MS = 10_000

/**
 * The delegations of a user and those to them that are not over; of the caller if no user is named.
 * @throws RequestError forbidden for who asks about others and does not manage users · not_found
 */
export async function listDelegations(context: Context, user?: string): Promise<Delegations> {
  const of = user ?? context.actor.userId
  if (of !== context.actor.userId) {
    requireManager(context)
    if (!(await isPersonSeen(context, of))) throw new RequestError('not_found')
  }
  return { delegations: await tellAll(context, await loadDelegationsOf(context, of)) }
}

/**
 * Lets somebody decide on approvals in another's place for a period.
 * @throws RequestError forbidden for who delegates for others and does not manage them · not_found · validation_failed
 */
export async function addDelegation(context: Context, asked: NewDelegation): Promise<Delegation> {
  const user = asked.user ?? context.actor.userId
  await requireMayDelegate(context, { user, delegate: asked.delegate })
  const period = periodOf(context, asked)
  const faults = [...(await partyFaults(context, { ...asked, user })), ...period.faults]
  if (faults.length > 0) throw new RequestError('validation_failed', { failures: faults })
  const values: DelegationValues = {
    user,
    delegate: asked.delegate,
    startsAt: period.startsAt,
    endsAt: period.endsAt,
    note: asked.note?.trim() || null,
  }
  const id = await inTransaction(context, async (inside) => {
    await lockDelegator(inside, user)
    if (await hasOverlap(inside, values)) throw overlaps()
    auditDelegation(inside, 'created', values)
    return insertDelegation(inside, values)
  })
  const stored = await findDelegation(context.db, context, id)
  const [told] = stored ? await tellAll(context, [stored]) : []
  if (!told) throw new RequestError('not_found')
  return told
}

/**
 * Ends a delegation at once: whoever delegated, their delegate, and who manages users may.
 * @throws RequestError not_found if it is none of theirs, or over
 */
export async function endDelegation(context: Context, id: string): Promise<void> {
  await inTransaction(context, async (inside) => {
    const found = await findDelegation(inside.tx, inside, id)
    const { userId, rights } = inside.actor
    const isParty = found?.user === userId || found?.delegate === userId
    if (!found || !(isParty || rights.system.has('manage_users'))) {
      throw new RequestError('not_found')
    }
    requireWholeActor(inside)
    await stopDelegation(inside, found)
    auditDelegation(inside, 'ended', found)
  })
}

function inTransaction<Result>(
  context: Context,
  work: (inside: WriteContext) => Promise<Result>,
): Promise<Result> {
  return context.db.inTransaction((tx) => work({ ...context, tx }), {
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  })
}

function requireManager({ actor }: Context): void {
  if (!actor.rights.system.has('manage_users')) throw new RequestError('forbidden')
}

/** A key that is narrowed may do less than its user: it gives nobody what it does not have. */
function requireWholeActor({ actor }: Context): void {
  if (actor.within === undefined) return
  throw new RequestError('forbidden', {
    detail: message(
      'A key that is limited to a permission set cannot delegate approvals',
      '限制在权限集内的密钥不能设置代理审批',
    ),
  })
}

async function requireMayDelegate(
  context: Context,
  { user, delegate }: { user: string; delegate: string },
): Promise<void> {
  requireWholeActor(context)
  if (user === context.actor.userId) return
  requireManager(context)
  await findManagedUser(context, user)
  if (delegate !== context.actor.userId) return
  throw new RequestError('forbidden', {
    detail: message(
      'Only they themself can make you their delegate',
      '不能把自己设为他人的代理人，须由对方本人设置',
    ),
  })
}

async function partyFaults(
  context: Context,
  { user, delegate }: { user: string; delegate: string },
): Promise<Failure[]> {
  if (user === delegate) {
    const text = message('Choose somebody else', '请选择其他同事')
    return [failure('delegate', 'is_user', text)]
  }
  const { organization } = context.actor
  const isPerson = (id: string): boolean => {
    const found = organization.user(id)
    return found?.isActive === true && !found.isQueue
  }
  const faults: Failure[] = []
  if (!isPerson(user)) {
    const text = message('Only an active person delegates', '只有启用的用户可以设置代理')
    faults.push(failure('user', 'not_active', text))
  }
  if (!isPerson(delegate) || !(await isPersonSeen(context, delegate))) {
    const text = message('There is no such active person', '没有该启用的用户')
    faults.push(failure('delegate', 'not_active', text))
  }
  return faults
}

function isPersonSeen(context: Context, id: string): Promise<boolean> {
  const object = context.release.model.objects.get('user')
  return object ? isVisible(context, object, id) : Promise.resolve(false)
}

/** The period that is asked for; what is past of it does not count. */
function periodOf(
  { now }: Context,
  { starts_at: begin, ends_at: end }: NewDelegation,
): { startsAt: string; endsAt: string; faults: Failure[] } {
  const asked = begin === undefined ? now.toISOString() : parseMoment(begin)
  const endsAt = parseMoment(end)
  if (asked === undefined || endsAt === undefined) {
    const text = message(
      'Must be a time such as 2026-11-21T08:00:00Z',
      '应为时间，如 2026-11-21T08:00:00Z',
    )
    const path = asked === undefined ? 'starts_at' : 'ends_at'
    return { startsAt: '', endsAt: '', faults: [failure(path, 'wrong_type', text)] }
  }
  const startsAt = asked < now.toISOString() ? now.toISOString() : asked
  return { startsAt, endsAt, faults: endFaults(startsAt, endsAt) }
}

function endFaults(startsAt: string, endsAt: string): Failure[] {
  if (endsAt <= startsAt) {
    const text = message('Must be later than the beginning, and than now', '应晚于开始时间和现在')
    return [failure('ends_at', 'too_early', text)]
  }
  if (Date.parse(endsAt) - Date.parse(startsAt) > MOST_DAYS * DAY_MS) {
    const text = message(`At most ${MOST_DAYS} days`, `最长 ${MOST_DAYS} 天`)
    return [failure('ends_at', 'too_late', text)]
  }
  return []
}

function overlaps(): RequestError {
  const text = message(
    'Somebody is the delegate at that time already: end that first',
    '该时段已有代理人，请先结束原有代理',
  )
  return new RequestError('validation_failed', {
    failures: [failure('starts_at', 'overlaps', text)],
  })
}

function auditDelegation(
  context: WriteContext,
  change: 'created' | 'ended',
  { user, delegate, startsAt, endsAt }: DelegationValues,
): void {
  const details = { change, delegate, from: startsAt, until: endsAt }
  recordAudit(context.tx, {
    ...callerOf(context),
    action: 'delegation_changed',
    object: 'user',
    record: user,
    details,
  })
}

async function tellAll(
  context: Context,
  stored: readonly StoredDelegation[],
): Promise<Delegation[]> {
  const people = stored.flatMap(({ user, delegate, createdBy }) => [user, delegate, createdBy])
  const name = await nameReferences(
    context,
    people.map((id) => ({ object: 'user', id })),
  )
  const person = (id: string) => ({ id, name: name('user', id) })
  return stored.map((one) => ({
    id: one.id,
    user: person(one.user),
    delegate: person(one.delegate),
    starts_at: new Date(one.startsAt).toISOString(),
    ends_at: new Date(one.endsAt).toISOString(),
    note: one.note,
    state: stateOf(one),
    created_by: person(one.createdBy),
    created_at: new Date(one.createdAt).toISOString(),
  }))
}

function stateOf({ hasBegun, isInForce }: StoredDelegation): Delegation['state'] {
  if (!hasBegun) return 'coming'
  return isInForce ? 'in_force' : 'idle'
}
