import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from './reader.ts'
import { type OfActor, ownList, type RowsAsked } from './row-conditions.ts'
import {
  type Depth,
  type Grant,
  grantCondition,
  grantsOf,
  hasChild,
  restrictions,
} from './row-filter.ts'
import { lengthOf } from './rules-of-actor.ts'

/**
 * Where the rows that an actor may read are found, for those who read little of much: each of the first three leads to
 * its rows by an index. The grants are those of `rowFilter`.
 */
export interface RowSources {
  object: ObjectModel
  /** Whose rows they are: `uuid[]`. */
  owners: RawBuilder<readonly string[]>
  /** Whether those are so many that a page is found sooner by walking the rows than owner by owner. */
  hasManyOwners: boolean
  /** With whom rows are shared one by one: `text[]`. */
  principals: RawBuilder<readonly string[]>
  /** Records that open the rows to which they refer. */
  children: readonly ChildSource[]
  /** What else opens rows, as a condition under an alias; null if nothing does. */
  others(alias: string): RawBuilder<boolean> | null
  /** What each row has to meet, whichever way it was found. */
  closed(alias: string): readonly RawBuilder<boolean>[]
}

/** Records that open the rows to which a field of theirs refers. */
export interface ChildSource {
  field: FieldModel
  /** Where they are found; what else opens them is among the `others` of the rows. */
  sources: RowSources
  /** Whether one of them opens a row, asked of the row under an alias. */
  opens(alias: string): RawBuilder<boolean>
}

/**
 * The sources of the rows of an object; null for actors who read all of them. The same for all actors with one access
 * signature.
 */
export function rowSources(
  reader: Reader,
  object: ObjectModel,
  depth: Depth = 'whole',
): RowSources | null {
  const asked = (alias: string): RowsAsked => ({ object, right: 'read', alias })
  const waysTo = (alias: string): Grant[] => grantsOf(reader, asked(alias), depth)[0] ?? []
  const ways = waysTo('t')
  if (reader.actor.rights.parts.length !== 1 || object.master) return null
  if (ways.some(isOpen)) return null
  const children = ways.flatMap((way) => childSource(reader, object, way) ?? [])
  return {
    object,
    owners: ownList(reader, everyOne(ways.flatMap((way) => way.owners ?? [])), 'uuid'),
    hasManyOwners: ways.some((way) => isLong(reader, way)),
    principals: ownList(reader, everyOne(ways.flatMap((way) => way.principals ?? [])), 'text'),
    children,
    others: (alias) =>
      anyOf(waysTo(alias).flatMap((way) => otherConditions(reader, asked(alias), way, children))),
    closed: (alias) =>
      restrictions(reader, asked(alias)).flatMap(({ when }) => (when === null ? [] : [when])),
  }
}

/** What a way opens that neither owners nor principals nor the sources of children lead to. */
function otherConditions(
  reader: Reader,
  asked: RowsAsked,
  way: Grant,
  children: readonly ChildSource[],
): RawBuilder<boolean>[] {
  if (way.owners || way.principals) return []
  const child = children.find(({ field }) => isWayOf(way, field))
  if (!child) return [grantCondition(reader, asked, way)]
  const { field, sources } = child
  if (sources.others('t') === null) return []
  return [hasChild(reader, asked, field, ({ alias }) => sources.others(alias))]
}

function childSource(reader: Reader, object: ObjectModel, way: Grant): ChildSource | null {
  if (way.reason.kind !== 'child') return null
  const child = reader.release.model.objects.get(way.reason.object)
  const field = child?.fields.get(way.reason.field)
  const sources = child && rowSources(reader, child, 'direct')
  if (!field || !sources || sources.hasManyOwners) return null
  const opens = (alias: string): RawBuilder<boolean> =>
    grantsOf(reader, { object, right: 'read', alias })[0]?.find((one) => isWayOf(one, field))
      ?.when ?? sql<boolean>`false`
  return { field, sources, opens }
}

function isWayOf({ reason }: Grant, { object, name }: FieldModel): boolean {
  return reason.kind === 'child' && reason.object === object && reason.field === name
}

function isOpen({ when, owners }: Grant): boolean {
  return when === null && !owners
}

function isLong({ actor }: Reader, { owners }: Grant): boolean {
  return owners !== undefined && lengthOf(owners(actor), actor.organization) === 'many'
}

function everyOne(lists: readonly OfActor[]): OfActor {
  return (actor) => lists.flatMap((list) => list(actor))
}

function anyOf(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> | null {
  return conditions.length === 0 ? null : sql<boolean>`(${sql.join(conditions, sql` or `)})`
}
