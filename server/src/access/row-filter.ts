import type { FieldModel, ObjectModel, RecordRight, Rights } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Actor } from './actor.ts'
import { compileRuleCondition } from './compile-rule-condition.ts'
import type { Reader } from './reader.ts'
import { ownedRows, type RowsAsked, sharedRows } from './row-conditions.ts'
import { isMeant } from './rules-of-actor.ts'

export type { Reader } from './reader.ts'
export type { RowsAsked } from './row-conditions.ts'

/** What opens or closes records, as it is told to people. */
export type Reason =
  | { kind: 'right' | 'all_records' | 'sharing_default' | 'role_hierarchy' | 'master' }
  | { kind: 'scope'; scope: 'own' | 'own_and_subordinates' | 'department' | 'department_and_below' }
  | { kind: 'share' }
  | { kind: 'sharing_rule' | 'restriction_rule'; rule: string }
  | { kind: 'child'; object: string; field: string }

/** One way to a record. `when` is null where it leads to every record of the object. */
export interface Grant {
  reason: Reason
  when: RawBuilder<boolean> | null
  /** Set where the way is open by the owner alone: whose records they are. */
  owners?: (actor: Actor) => readonly string[]
  /** Set where records are shared one by one: with whom. */
  principals?: (actor: Actor) => readonly string[]
}

/**
 * The condition under which the actor may do something with a row, or null if they may with every row. Whether the
 * actor has the right on the object at all is asked before (403); here it makes the condition false.
 * @example rowFilter(context, { object, right: 'edit', alias: 't' }) // "t"."owner" = $1
 */
export function rowFilter(reader: Reader, asked: RowsAsked): RawBuilder<boolean> | null {
  return both([openFilter(reader, asked, 'whole'), ...restrictions(reader, asked).map(toCondition)])
}

/** The ways that lead to records, each by itself, for every part of the rights; a record needs one of each part. */
export function grantsOf(reader: Reader, asked: RowsAsked, depth: Depth = 'whole'): Grant[][] {
  return reader.actor.rights.parts.map((rights) => partGrants(reader, rights, asked, depth))
}

/** The rules that close records to the actor, whatever opens them; each of them has to be met. */
export function restrictions(reader: Reader, { object, alias }: RowsAsked): Grant[] {
  return object.restrictionRules
    .filter(({ definition }) => isMeant(reader.actor, definition.to))
    .map(({ fullName, definition }) => ({
      reason: { kind: 'restriction_rule', rule: fullName },
      when: compileRuleCondition(reader, { object, alias, condition: definition.where }),
    }))
}

/** How far ways are followed: a child opens its parent, but not by a way that leads over a parent again. */
export type Depth = 'whole' | 'direct'

function openFilter(reader: Reader, asked: RowsAsked, depth: Depth): RawBuilder<boolean> | null {
  const { rights } = reader.actor
  return both(
    rights.parts.map((part) => anyOf(reader, asked, partGrants(reader, part, asked, depth))),
  )
}

function partGrants(reader: Reader, rights: Rights, asked: RowsAsked, depth: Depth): Grant[] {
  const { object, right } = asked
  const access = rights.object(object.name)
  if (!access[right]) return []
  if (object.master) return [masterGrant(reader, rights, asked, depth)]
  const scopes = access.scopes[right]
  if (scopes.has('all')) {
    return [{ reason: { kind: allReason(object, rights, right) }, when: null }]
  }
  return [
    ...ownerGrants(object, scopes),
    ...(right === 'read' || right === 'edit' ? sharedGrants(reader, asked, right) : []),
    ...(right === 'read' && depth === 'whole' ? childGrants(reader, rights, asked) : []),
  ]
}

function allReason(
  object: ObjectModel,
  rights: Rights,
  right: RecordRight,
): Reason['kind'] & ('all_records' | 'sharing_default') {
  const isOpen = object.sharing === 'read_write' || (object.sharing === 'read' && right === 'read')
  const seesAll = rights.system.has('modify_all_data') || rights.system.has('view_all_data')
  return isOpen && !seesAll ? 'sharing_default' : 'all_records'
}

function ownerGrants(object: ObjectModel, scopes: ReadonlySet<string>): Grant[] {
  const kinds = ['own', 'own_and_subordinates', 'department', 'department_and_below'] as const
  const grants = kinds
    .filter((scope) => scope === 'own' || scopes.has(scope))
    .map((scope): Grant => ({
      reason: { kind: 'scope', scope },
      when: null,
      owners: ({ reach }) => reach.owners[scope],
    }))
  if (object.definition.role_hierarchy !== true) return grants
  const below: Grant = {
    reason: { kind: 'role_hierarchy' },
    when: null,
    owners: ({ reach }) => reach.below,
  }
  return [...grants, below]
}

/** What was shared by hand, with a team, and by rules. */
function sharedGrants(reader: Reader, asked: RowsAsked, right: 'read' | 'edit'): Grant[] {
  const { object } = asked
  const rules = object.sharingRules.filter(
    ({ definition }) =>
      (right === 'read' || definition.access === 'edit') &&
      isMeant(reader.actor, definition.to, object),
  )
  const principals = ({ reach }: Actor): readonly string[] => [
    ...reach.principals,
    ...(object.definition.role_hierarchy === true ? reach.principalsBelow : []),
  ]
  const share: Grant = {
    reason: { kind: 'share' },
    when: sharedRows(reader, asked, { right, principals }),
    principals,
  }
  return [share, ...rules.map((rule) => ruleGrant(reader, asked, rule))]
}

function ruleGrant(
  reader: Reader,
  asked: RowsAsked,
  { fullName: rule, definition }: ObjectModel['sharingRules'][number],
): Grant {
  const { object, alias } = asked
  const { owned_by: ownedBy, where } = definition
  const reason = { kind: 'sharing_rule', rule } as const
  const owners =
    ownedBy && (({ organization }: Actor): readonly string[] => organization.membersOf(ownedBy))
  if (owners && where === undefined) return { reason, when: null, owners }
  const condition =
    where === undefined ? null : compileRuleCondition(reader, { object, alias, condition: where })
  return { reason, when: both([owners ? ownedRows(reader, asked, owners) : null, condition]) }
}

/** The parents of records that the actor may read, where the reference says that it opens its parent. */
function childGrants(reader: Reader, rights: Rights, asked: RowsAsked): Grant[] {
  const narrowed = withRights(reader, rights)
  return [...asked.object.relationships.values()].flatMap((relationship): Grant[] => {
    const child = reader.release.model.objects.get(relationship.object)
    const field = child?.fields.get(relationship.field)
    if (!child || field?.definition.shares_parent !== true) return []
    const when = hasChild(narrowed, asked, field, (below) => openFilter(narrowed, below, 'direct'))
    return [{ reason: { kind: 'child', object: child.name, field: field.name }, when }]
  })
}

/**
 * Whether a record refers to the row by a field of its own, is not deleted, meets the restriction rules and is opened
 * by this condition.
 */
export function hasChild(
  reader: Reader,
  { object, alias, isWholesale = false }: RowsAsked,
  field: FieldModel,
  opens: (below: RowsAsked) => RawBuilder<boolean> | null,
): RawBuilder<boolean> {
  const { model, physical } = reader.release
  const child = model.objects.get(field.object)
  if (!child) return sql<boolean>`false`
  const below = `${alias}_${child.name}_${field.name}`.slice(-60)
  const asked: RowsAsked = { object: child, right: 'read', alias: below, isWholesale }
  const conditions = both([
    sql<boolean>`${physical.column(child.name, 'deleted_at', below)} is null`,
    opens(asked),
    ...restrictions(reader, asked).map(toCondition),
  ])
  return sql<boolean>`exists (select 1 from ${physical.table(child.name)} as ${physical.identifier(below)}
    where ${physical.column(child.name, field.name, below)} = ${physical.column(object.name, 'id', alias)} and ${conditions})`
}

/** Details follow their master: who may read the master reads them, who may edit it edits and deletes them. */
function masterGrant(
  reader: Reader,
  rights: Rights,
  { object, right, alias, isWholesale = false, isOfBin = false }: RowsAsked,
  depth: Depth,
): Grant {
  const { model, physical } = reader.release
  const reason = { kind: 'master' } as const
  const master = model.objects.get(object.master?.target ?? '')
  if (!object.master || !master) return { reason, when: sql<boolean>`false` }
  const above = `${alias}_m`
  const asked: RowsAsked = {
    object: master,
    right: right === 'read' ? 'read' : 'edit',
    alias: above,
    isWholesale,
    isOfBin,
  }
  const narrowed = withRights(reader, rights)
  const filter = both([
    openFilter(narrowed, asked, depth),
    ...restrictions(narrowed, asked).map(toCondition),
  ])
  // A detail that is there has a master that is there.
  if (filter === null && !isOfBin) return { reason, when: null }
  const reference = physical.column(object.name, object.master.name, alias)
  const id = physical.column(master.name, 'id', above)
  const deleted = physical.column(master.name, 'deleted_at', above)
  const table = physical.table(master.name)
  return {
    reason,
    when: sql<boolean>`exists (select 1 from ${table} as ${physical.identifier(above)} where ${id} = ${reference} and ${deleted} is null and ${filter ?? sql`true`})`,
  }
}

function withRights(reader: Reader, rights: Rights): Reader {
  return { ...reader, actor: { ...reader.actor, rights } }
}

/** Any of the ways; null if one of them is open to every record. All that go by the owner are one comparison. */
function anyOf(
  reader: Reader,
  asked: RowsAsked,
  grants: readonly Grant[],
): RawBuilder<boolean> | null {
  const byOwner = grants.flatMap(({ owners }) => owners ?? [])
  const others = grants.filter(({ owners }) => owners === undefined).toSorted(cheapFirst)
  if (others.some(({ when }) => when === null)) return null
  const conditions = [
    ...(byOwner.length === 0
      ? []
      : [ownedRows(reader, asked, (actor) => byOwner.flatMap((owners) => owners(actor)))]),
    ...others.map(toCondition),
  ].filter((condition) => condition !== null)
  if (conditions.length === 0) return sql<boolean>`false`
  return conditions.length === 1 && conditions[0]
    ? conditions[0]
    : sql<boolean>`(${sql.join(conditions, sql` or `)})`
}

// PostgreSQL asks in the order of the text and stops at the first that is true.
function cheapFirst(a: Grant, b: Grant): number {
  const cost = ({ reason: { kind } }: Grant): number => ['share', 'child'].indexOf(kind)
  return cost(a) - cost(b)
}

/** A grant as a condition, also one that goes by the owner. */
export function grantCondition(
  reader: Reader,
  asked: RowsAsked,
  grant: Grant,
): RawBuilder<boolean> {
  if (grant.owners) return ownedRows(reader, asked, grant.owners)
  return grant.when ?? sql<boolean>`true`
}

function toCondition({ when }: Grant): RawBuilder<boolean> | null {
  return when
}

/** All of the conditions; null if there are none. */
function both(conditions: readonly (RawBuilder<boolean> | null)[]): RawBuilder<boolean> | null {
  const real = conditions.filter((condition) => condition !== null)
  const [first] = real
  if (first === undefined) return null
  return real.length === 1 ? first : sql<boolean>`(${sql.join(real, sql` and `)})`
}
