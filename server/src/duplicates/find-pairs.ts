import type { DuplicateRuleDefinition, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import { isLookedUp } from '../schema/match-key-sql.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import { meetsCondition } from './compare-matched.ts'

/** So many records are looked up in one statement. */
const CHUNK = 500
/** So many records for one, of which some are found to be too far apart. */
const MOST_FOUND = 50

interface FoundPair {
  one: string
  other: string | null
  mine: readonly unknown[]
  theirs: readonly unknown[] | null
}

/** What is looked through, and by what. */
export interface PairsAsked {
  physical: PhysicalMap
  object: ObjectModel
  definition: DuplicateRuleDefinition
  /** What holds of the rows under the alias `t` that may be told of. */
  seen: RawBuilder<boolean>
}

/** Pairs of live records that a rule takes for likely twins, chunk by chunk, in the order of their ids. */
export async function* findPairs(
  db: Queryable,
  asked: PairsAsked,
): AsyncGenerator<(readonly [string, string])[]> {
  const { match } = asked.definition
  for (let after: string | undefined; ;) {
    const rows: FoundPair[] = await db.query<FoundPair>(pairsSql(asked, after))
    after = rows.at(-1)?.one
    if (after === undefined) return
    yield rows.flatMap(({ one, other, mine, theirs }) => {
      const isMet =
        theirs !== null &&
        match.every((condition, at) => meetsCondition(condition, mine[at], theirs[at]))
      return isMet && other !== null ? [[one, other] as const] : []
    })
  }
}

function pairsSql(
  { physical, object, definition, seen }: PairsAsked,
  after: string | undefined,
): RawBuilder<FoundPair> {
  const { match } = definition
  const columns = match.map(({ field }) => `t.${physical.columnName(object.name, field)}`)
  const values = match.map(
    ({ field }) => sql`to_jsonb(${physical.column(object.name, field, 't')})`,
  )
  const keyOf = (at: number): RawBuilder<unknown> => {
    const [one, column = ''] = [match[at], columns[at]]
    if (!one) throw new Error('A condition has its place')
    return one.method === 'fuzzy_text' ? physical.slips(column) : physical.matchKey(one, column)
  }
  const keys = match.map((_, at) => sql`${keyOf(at)} as ${physical.identifier(`k${at}`)}`)
  const equal = match.flatMap((one, at) => {
    if (!isLookedUp(one)) return []
    const sign = one.method === 'fuzzy_text' ? sql`&&` : sql`=`
    return [sql` and ${keyOf(at)} ${sign} a.${physical.identifier(`k${at}`)}`]
  })
  const filled = match.flatMap(({ blank, field }) =>
    blank === 'same' ? [] : [sql` and ${physical.column(object.name, field, 't')} is not null`],
  )
  const table = physical.table(object.name)
  const behind = after === undefined ? sql`` : sql`and t.id > ${after}::uuid`
  return sql<FoundPair>`
    with a as materialized (
      select t.id, jsonb_build_array(${sql.join(values)}) as values, ${sql.join(keys)}
      from ${table} as t where t.deleted_at is null and ${seen} ${behind}${sql.join(filled, sql``)} order by t.id limit ${CHUNK}
    )
    select a.id as one, b.id as other, a.values as mine, b.values as theirs
    from a left join lateral (
      select t.id, jsonb_build_array(${sql.join(values)}) as values
      from ${table} as t where t.deleted_at is null and ${seen} and t.id > a.id${sql.join(equal, sql``)} limit ${MOST_FOUND}
    ) as b on true
    order by a.id`
}
