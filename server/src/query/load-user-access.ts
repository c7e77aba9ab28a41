import {
  compileRights,
  isShown,
  isTold,
  type Locale,
  localize,
  type ObjectModel,
  type ObjectRightName,
  ownFields,
  type RecordRight,
  type UserAccess,
  type UserAccessWay,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Actor } from '../access/actor.ts'
import type { Context } from '../access/context.ts'
import {
  type Grant,
  grantCondition,
  grantsOf,
  type Reader,
  restrictions,
  rowFilter,
  type RowsAsked,
} from '../access/row-filter.ts'

/** Whose access to what, told in which language. */
export interface UserAccessAsked {
  object: ObjectModel
  user: Actor
  locale: Locale
}

/** More records than these are not looked at one by one. */
const MOST = 100_000
const FIRST = 10
const RIGHTS = ['create', 'read', 'edit', 'delete', 'transfer', 'export'] as const
const RECORD_RIGHTS: readonly RecordRight[] = ['read', 'edit', 'delete', 'transfer']

/**
 * What a user may do with an object and which records they see, by the functions that decide it. The caller is told
 * of records and fields that they may see themself, and of no others.
 */
export async function loadUserAccess(
  context: Context,
  { object, user, locale }: UserAccessAsked,
): Promise<UserAccess> {
  const { model } = context.release
  const theirs: Reader = { release: context.release, actor: user }
  const asked: RowsAsked = { object, right: 'read', alias: 't0' }
  const ways = grantsOf(theirs, asked).flat()
  const rules = ways.length === 0 ? [] : restrictions(theirs, asked)
  const access = user.rights.object(object.name)
  const told = wayTeller(context, object, locale)
  const { counts, ...records } = await lookAt(context, asked, {
    theirs,
    grants: [...ways, ...rules],
  })
  return {
    user: { id: user.userId, name: user.name },
    object: object.name,
    permission_sets: user.permissionSets.flatMap((name) => {
      const set = model.permissionSets.get(name)
      if (!set) return []
      const given = compileRights(model, [name]).object(object.name)
      const rights = RIGHTS.filter((right) => given[right])
      return [{ name, label: localize(set.label, locale, name), rights }]
    }),
    rights: Object.fromEntries(RIGHTS.map((right) => [right, access[right]])) as Record<
      ObjectRightName,
      boolean
    >,
    scopes: Object.fromEntries(
      RECORD_RIGHTS.map((right) => [right, [...access.scopes[right]]]),
    ) as UserAccess['scopes'],
    fields: ownFields(object.fields.values())
      .filter((field) => isShown(context.actor.rights.field(field)))
      .map((field) => ({
        field: field.name,
        label: localize(field.label, locale, field.name),
        access: user.rights.field(field),
        reveal: user.rights.reveal(field),
      })),
    records,
    ways: ways.map((grant, at) => told(grant, counts[at] ?? 0)),
    restrictions: rules.map((rule, at) => told(rule, counts[ways.length + at] ?? 0)),
  }
}

function wayTeller(
  { release: { model } }: Context,
  object: ObjectModel,
  locale: Locale,
): (grant: Grant, count: number) => UserAccessWay {
  const labelOf = (reason: Grant['reason']): string | null => {
    if ('object' in reason) return localize(model.objects.get(reason.object)?.label, locale)
    if (!('rule' in reason)) return null
    const rules = [...object.sharingRules, ...object.restrictionRules]
    const rule = rules.find((one) => one.fullName === reason.rule)
    return localize(rule?.definition.label, locale, reason.rule)
  }
  return ({ reason }, count) => ({ reason, label: labelOf(reason), count })
}

interface LookedAt {
  looked_at: number
  visible: number
  complete: boolean
  first: { id: string; name: string | null }[]
  /** Of each grant, in their order. */
  counts: number[]
}

/** Counts among the newest records that the caller sees how many the other sees, and by which way. */
async function lookAt(
  context: Context,
  asked: RowsAsked,
  { theirs, grants }: { theirs: Reader; grants: readonly Grant[] },
): Promise<LookedAt> {
  const { physical } = context.release
  const { object, alias } = asked
  const column = (name: string): RawBuilder<unknown> => physical.column(object.name, name, alias)
  const mine = rowFilter(context, asked) ?? sql<boolean>`true`
  const seen = rowFilter(theirs, asked) ?? sql<boolean>`true`
  const from = sql`(select * from ${physical.table(object.name)} as ${physical.identifier(alias)}
    where ${column('deleted_at')} is null and ${mine} order by ${column('id')} desc limit ${MOST + 1})
    as ${physical.identifier(alias)}`
  const each = grants.map(
    (grant, at) =>
      sql`, (count(*) filter (where ${grantCondition(theirs, asked, grant)}))::int as ${physical.identifier(`way${at}`)}`,
  )
  const [total] = await context.db.query<Record<string, number>>(sql`
    select count(*)::int as total, (count(*) filter (where ${seen}))::int as visible${sql.join(each, sql``)} from ${from}`)
  const name = object.fields.get('name')
  const isNamed = name !== undefined && isTold(context.actor.rights.field(name))
  const shown = isNamed ? column('name') : sql`null`
  const first = await context.db.query<{ id: string; name: string | null }>(sql`
    select ${column('id')} as id, ${shown} as name from ${from} where ${seen} limit ${FIRST}`)
  const count = total?.['total'] ?? 0
  return {
    looked_at: Math.min(count, MOST),
    visible: total?.['visible'] ?? 0,
    complete: count <= MOST,
    first,
    counts: grants.map((_, at) => total?.[`way${at}`] ?? 0),
  }
}
