import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/reader.ts'
import { inForce } from '../access/row-conditions.ts'
import type { ChildSource, RowSources } from '../access/row-sources.ts'

/** Up to how many rows are gathered to be looked at one by one; who sees more of them finds a page by walking. */
const MOST_GATHERED = sql`5000`
const ONE_MORE = sql`limit 5001`

/** Ids that were gathered under a name, and whether those are all. */
export interface Gathered {
  /** `name as materialized (…)`, with a column `id`; one id may be there several times. */
  clause: RawBuilder<unknown>
  /** Each of the ids once. */
  rows: RawBuilder<unknown>
  areAll: RawBuilder<boolean>
}

function gathered(name: RawBuilder<unknown>, rows: readonly RawBuilder<unknown>[]): Gathered {
  return {
    clause: sql`${name} as materialized (${sql.join(rows, sql` union all `)} ${ONE_MORE})`,
    rows: sql`(select distinct id from ${name})`,
    areAll: sql<boolean>`(select count(*) <= ${MOST_GATHERED} from ${name})`,
  }
}

/** The ids of the rows that sources lead to, except by what else opens them. Some may be deleted or closed. */
export function gatherRows(reader: Reader, sources: RowSources): Gathered {
  return gathered(sql`gathered`, [
    ownedIds(reader, sources, 'id'),
    sql`select share.record as id from ${sharesOf(reader, sources)}`,
    ...sources.children.flatMap((child) => parentIds(reader, child)),
  ])
}

/** The ids of the rows that children open, except by what else opens those. */
export function gatherParents(reader: Reader, child: ChildSource): Gathered {
  const { object, name } = child.field
  const opened = reader.release.physical.identifier(`opened_${object}_${name}`.slice(0, 60))
  return gathered(opened, parentIds(reader, child))
}

function parentIds(reader: Reader, { field, sources }: ChildSource): RawBuilder<unknown>[] {
  const { physical } = reader.release
  const { object } = sources
  const isShared = sql`${physical.column(object.name, 'id', 'gathered_row')} = share.record`
  // What is shared and deleted counts too: the rows are all only if no share was left out.
  const shared = sql`select parent.id from ${sharesOf(reader, sources)} left join lateral (
    select ${physical.column(object.name, field.name, 'gathered_row')} as id from ${tableOf(reader, sources)}
    where ${sql.join([isShared, ...liveRows(reader, sources)], sql` and `)} offset 0) as parent on true`
  return [ownedIds(reader, sources, field.name), shared]
}

// For each owner by itself, so that the index on owners answers whatever the statistics say.
function ownedIds(reader: Reader, sources: RowSources, field: string): RawBuilder<unknown> {
  const { physical } = reader.release
  const { object } = sources
  const column = (name: string): RawBuilder<unknown> =>
    physical.column(object.name, name, 'gathered_row')
  const conditions = [sql`${column('owner')} = owners.owner`, ...liveRows(reader, sources)]
  return sql`select found.id from unnest(${sources.owners}) as owners (owner) cross join lateral (
    select ${column(field)} as id from ${tableOf(reader, sources)} where ${sql.join(conditions, sql` and `)} ${ONE_MORE}) as found`
}

function liveRows(reader: Reader, { object, closed }: RowSources): RawBuilder<unknown>[] {
  const deleted = reader.release.physical.column(object.name, 'deleted_at', 'gathered_row')
  return [sql`${deleted} is null`, ...closed('gathered_row')]
}

function tableOf(reader: Reader, { object }: RowSources): RawBuilder<unknown> {
  return sql`${reader.release.physical.table(object.name)} as gathered_row`
}

function sharesOf(reader: Reader, { object, principals }: RowSources): RawBuilder<unknown> {
  const share = sql`share`
  return sql`unnest(${principals}) as principals (principal) cross join lateral (
      select share.record from ${reader.release.physical.systemTable('_share')} as share
      where share.principal = principals.principal and share.object = ${object.name} and ${inForce(share)} ${ONE_MORE}) as share`
}
