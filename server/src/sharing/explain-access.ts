import {
  type AccessDenial,
  type AccessExplanation,
  type AccessReason,
  type AccessWay,
  type ExplainedRight,
  localize,
  type ObjectModel,
  ownFields,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Actor } from '../access/actor.ts'
import type { Context } from '../access/context.ts'
import { loadActor, rightsOf } from '../access/load-actor.ts'
import {
  type Grant,
  grantCondition,
  grantsOf,
  type Reader,
  type Reason,
  restrictions,
  rowFilter,
} from '../access/row-filter.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { nameReferences } from '../query/name-references.ts'
import { isVisible } from '../query/visible-record.ts'
import { type AccessSubject, describeDenial, describeReason } from './describe-access.ts'
import { tellShares } from './share-record.ts'
import { loadShares, type StoredShare } from './share-store.ts'

/** What is asked: whether a user may do something with a record, and why. */
export interface ExplanationAsked {
  object: ObjectModel
  id: string
  right: ExplainedRight
  /** The caller if left out. */
  user?: string | undefined
}

/**
 * What decides, each way and each rule judged on this very record by the conditions that enforce it. About others may
 * be asked with `manage_users`, and only of records that the caller may read.
 * @throws RequestError not_found · forbidden
 */
export async function explainAccess(
  context: Context,
  asked: ExplanationAsked,
): Promise<AccessExplanation> {
  const { object, id, right } = asked
  if (!(await isVisible(context, object, id))) throw new RequestError('not_found')
  const userId = asked.user ?? context.actor.userId
  const actor = userId === context.actor.userId ? context.actor : await findOther(context, userId)
  const names = await nameReferences(context, [{ object: 'user', id: userId }])
  const judged = actor ? await judge({ ...context, actor }, asked) : NOT_JUDGED
  const shares = actor ? await sharesFor({ ...context, actor }, asked) : []
  const about: AccessSubject = { model: context.release.model, object, right }
  const denials = denialsOf(context, about, { actor, judged })
  const told = await tellShares(context, shares)
  return {
    user: { id: userId, name: names('user', userId) },
    right,
    allowed: denials.length === 0,
    given_by: actor ? givenBy(context, actor, about) : [],
    grants: judged.grants.map((way) => tellWay(context, about, way)),
    restrictions: judged.restrictions.map((way) => tellWay(context, about, way)),
    shares: told.map(({ created_by: _by, created_at: _at, ...share }) => share),
    denials,
    fields: fieldsOf(context, actor, object),
  }
}

/** Somebody else; undefined if they are no actor. @throws RequestError forbidden · validation_failed */
async function findOther(context: Context, userId: string): Promise<Actor | undefined> {
  const { db, release, actor } = context
  if (!actor.rights.system.has('manage_users')) {
    throw new RequestError('forbidden', {
      detail: message(
        'Only who manages users may ask about others',
        '只有用户管理员可以查询他人的权限',
      ),
    })
  }
  const object = release.model.objects.get('user')
  if (!object || !(await isVisible(context, object, userId))) {
    throw refuse('validation_failed', 'user', message('There is no such user', '没有该用户'))
  }
  const other = await loadActor(db, release, { tenant: actor.tenant, userId, by: 'system' })
  return actor.organization.user(userId)?.isQueue === true ? undefined : other
}

interface JudgedWay {
  reason: Reason
  holds: boolean
  isOfKey: boolean
}

interface Judged {
  mayRead: boolean
  mayDo: boolean
  isLocked: boolean
  grants: readonly JudgedWay[]
  restrictions: readonly JudgedWay[]
}

const NOT_JUDGED: Judged = {
  mayRead: false,
  mayDo: false,
  isLocked: false,
  grants: [],
  restrictions: [],
}

/** Asks the database of each way by itself, and of all of them as they are enforced. */
async function judge(reader: Context, { object, id, right }: ExplanationAsked): Promise<Judged> {
  const { physical } = reader.release
  const asked = { object, right, alias: 't' } as const
  const grants = grantsOf(reader, asked).flatMap((part, index) =>
    part.map((grant) => ({ grant, isOfKey: index > 0 })),
  )
  const rules = restrictions(reader, asked)
  const conditions = [...grants.map(({ grant }) => grant), ...rules].map((grant) =>
    grantCondition(reader, asked, grant),
  )
  const whole = (of: ExplainedRight): RawBuilder<boolean> =>
    rowFilter(reader, { ...asked, right: of }) ?? sql<boolean>`true`
  const [row] = await reader.db.query<{
    mayRead: boolean
    mayDo: boolean
    isLocked: boolean
    holds: boolean[]
  }>(sql`
    select ${whole('read')} as "mayRead", ${whole(right)} as "mayDo", ${lockOf(reader, object)} as "isLocked",
      array_to_json(array[${sql.join(conditions.map((one) => sql`coalesce(${one}, false)`))}]::boolean[]) as holds
    from ${physical.table(object.name)} as t where t.id = ${id}::uuid and t.deleted_at is null`)
  if (!row) throw new RequestError('not_found')
  const way = (grant: Grant, index: number, isOfKey: boolean): JudgedWay => ({
    reason: grant.reason,
    holds: row.holds[index] === true,
    isOfKey,
  })
  return {
    ...row,
    grants: grants.map(({ grant, isOfKey }, index) => way(grant, index, isOfKey)),
    restrictions: rules.map((grant, index) => way(grant, grants.length + index, false)),
  }
}

/** Whether an approval locks the record, or the master of a detail. */
function lockOf({ release }: Reader, object: ObjectModel): RawBuilder<boolean> {
  const { physical } = release
  const { master } = object
  if (master?.target === undefined) return sql<boolean>`t.locked`
  return sql<boolean>`(t.locked or coalesce((select m.locked from ${physical.table(master.target)} as m
    where m.id = ${physical.column(object.name, master.name, 't')}), false))`
}

/** The shares of the record that mean the actor and open what is asked. */
async function sharesFor(
  { db, release, actor: { reach } }: Context,
  { object, id, right }: ExplanationAsked,
): Promise<StoredShare[]> {
  if (right !== 'read' && right !== 'edit') return []
  const withBelow = object.definition.role_hierarchy === true
  const shares = await loadShares(db, release, { object: object.name, id })
  return shares.filter(
    ({ principal, access }) =>
      (right === 'read' || access === 'edit') &&
      (reach.principals.has(principal) || (withBelow && reach.principalsBelow.has(principal))),
  )
}

/** The permission sets that give the right on the object. */
function givenBy(
  { release, actor: asker }: Context,
  { permissionSets, within }: Actor,
  { object, right }: AccessSubject,
): AccessExplanation['given_by'] {
  return [...permissionSets, ...(within === undefined ? [] : [within])].flatMap((name) => {
    const set = release.model.permissionSets.get(name)
    const gives =
      set?.objects?.[object.name]?.[right] === true ||
      rightsOf(release, [name]).object(object.name)[right]
    if (!set || !gives) return []
    return [{ permission_set: name, label: localize(set.label, asker.locale, name) }]
  })
}

function denialsOf(
  { actor: asker }: Context,
  about: AccessSubject,
  { actor, judged }: { actor: Actor | undefined; judged: Judged },
): AccessDenial[] {
  const deny = (kind: Exclude<AccessDenial['kind'], 'restriction_rule'>): AccessDenial => ({
    kind,
    text: describeDenial(kind, about, asker.locale),
  })
  if (!actor) return [deny('inactive')]
  const { object, right } = about
  if (!actor.rights.object(object.name)[right]) return [deny('no_object_right')]
  const broken = judged.restrictions.filter(({ holds }) => !holds)
  const denials = broken.map(({ reason }): AccessDenial => ({
    kind: 'restriction_rule',
    text: describeReason(reason, about, asker.locale),
  }))
  if (!judged.mayRead && right !== 'read') denials.push(deny('not_readable'))
  const isOpen = judged.grants.some(({ holds }) => holds)
  if (!judged.mayDo && (broken.length === 0 || !isOpen)) denials.push(deny('no_way'))
  if (judged.isLocked && right !== 'read') denials.push(deny('locked'))
  return denials
}

function tellWay(
  { actor: asker, release }: Context,
  about: AccessSubject,
  { reason, holds, isOfKey }: JudgedWay,
): AccessWay {
  // An object that the asker may not read is not there for them, not even by its name.
  const isHidden = reason.kind === 'child' && !asker.rights.object(reason.object).read
  const shown: AccessReason = isHidden ? { kind: 'child' } : reason
  const model = isHidden ? { ...release.model, objects: new Map() } : release.model
  return {
    reason: shown,
    text: describeReason(reason, { ...about, model }, asker.locale),
    holds,
    of_key: isOfKey,
  }
}

function fieldsOf(
  { actor: asker }: Context,
  actor: Actor | undefined,
  object: ObjectModel,
): AccessExplanation['fields'] {
  return (
    ownFields(object.fields.values())
      // What the system fills in is read only for everybody.
      .filter((field) => !field.isSystem || field.name === 'owner')
      .filter((field) => asker.rights.field(field) !== 'none')
      .map((field) => ({
        field: field.name,
        label: localize(field.label, asker.locale, field.name),
        access: actor ? actor.rights.field(field) : 'none',
      }))
  )
}
