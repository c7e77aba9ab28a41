import type { ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from './reader.ts'
import { type OfActor, ownList } from './row-conditions.ts'
import { type Grant, grantCondition, grantsOf, restrictions } from './row-filter.ts'
import { lengthOf } from './rules-of-actor.ts'

/**
 * Where the rows that an actor may read are found, for those who read little of much: each of the first two leads to
 * its rows by an index. The grants are those of `rowFilter`.
 */
export interface RowSources {
  /** Whose rows they are: `uuid[]`. */
  owners: RawBuilder<readonly string[]>
  /** With whom rows are shared one by one: `text[]`. */
  principals: RawBuilder<readonly string[]>
  /** What else opens rows, as a condition under an alias; null if nothing does. */
  others(alias: string): RawBuilder<boolean> | null
  /** What each row has to meet, whichever way it was found. */
  closed(alias: string): readonly RawBuilder<boolean>[]
}

/**
 * The sources of the rows of an object; null for actors who read all of them, or those of many owners: they find a
 * page sooner by walking the rows themselves. The same for all actors with one access signature.
 */
export function rowSources(reader: Reader, object: ObjectModel): RowSources | null {
  const asked = (alias: string) => ({ object, right: 'read', alias }) as const
  const grants = grantsOf(reader, asked('t'))
  const [ways, ...further] = grants
  if (!ways || further.length > 0 || object.master) return null
  if (ways.some((way) => isOpen(way) || isLong(reader, way))) return null
  return {
    owners: ownList(reader, everyOne(ways.flatMap((way) => way.owners ?? [])), 'uuid'),
    principals: ownList(reader, everyOne(ways.flatMap((way) => way.principals ?? [])), 'text'),
    others: (alias) => {
      const conditions = (grantsOf(reader, asked(alias))[0] ?? [])
        .filter(({ owners, principals }) => !owners && !principals)
        .map((way) => grantCondition(reader, asked(alias), way))
      return conditions.length === 0 ? null : sql<boolean>`(${sql.join(conditions, sql` or `)})`
    },
    closed: (alias) =>
      restrictions(reader, asked(alias)).flatMap(({ when }) => (when === null ? [] : [when])),
  }
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
