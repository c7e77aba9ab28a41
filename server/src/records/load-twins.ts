import type { MatchCondition } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { asJson } from '../db/index.ts'
import type { PlannedDuplicateRule } from '../duplicates/choose-duplicate-rules.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { Slot } from '../query/slot.ts'
import { userName } from '../query/user-name.ts'
import { castType } from '../schema/column-types.ts'
import { isLookedUp } from '../schema/match-key-sql.ts'
import { runWrite } from './prepared-write.ts'

/** A record that was looked up for a change. */
export interface FoundRecord {
  /** The place of the change. */
  n: number
  id: string
  name: string | null
  /** Whether the caller may see it. */
  isSeen: boolean
  /** Whose it is; null where that is not asked, or may not be told. */
  owner: string | null
  /** Its values that the conditions compare, in their order. */
  values: readonly unknown[]
}

/** So many records for one change, of which some are found to be too far apart. */
const MOST_FOUND = 50

/**
 * Loads records that may be twins of changes by a rule, as its index finds them. Those that the caller may not see are
 * among them only where the rule refuses, or tells that they exist.
 */
export async function loadTwins(
  context: WriteContext,
  rule: PlannedDuplicateRule,
  changes: readonly RecordChange[],
): Promise<FoundRecord[]> {
  const key = `twins ${nameOf(rule)} ${context.actor.accessSignature}`
  return runWrite(context, { key, slots: slotsOf(rule, changes) }, () => {
    const { physical } = context.release
    const { definition, target } = rule
    const seen =
      rowFilter(context, { object: target, right: 'read', alias: 't' }) ?? sql<boolean>`true`
    const isOfAll = definition.on_create === 'block' || definition.tells === 'existence'
    const owner =
      definition.tells === 'existence' && target.fields.has('owner')
        ? userName(context, sql`t.owner`, 'u', 'live')
        : { join: sql``, name: sql`null::text` }
    const fields = definition.match.map(({ field, with: other = field }) => other)
    const columns = fields.map((field) => `t.${physical.columnName(target.name, field)}`)
    const values = fields.map((field) => sql`to_jsonb(${physical.column(target.name, field, 't')})`)
    const equal = definition.match.flatMap((one, at) =>
      isLookedUp(one) ? [sql` and ${meets(context, one, columns[at] ?? '', at)}`] : [],
    )
    return sql<FoundRecord>`
      with r as materialized (${rowsOf(context, rule)})
      select r.n, f.* from r cross join lateral (
        select t.id, t.name, ${seen} as "isSeen", ${owner.name} as owner, jsonb_build_array(${sql.join(values)}) as values
        from ${physical.table(target.name)} as t ${owner.join}
        where t.deleted_at is null and t.id <> all(${IDS}::uuid[])${sql.join(equal, sql``)}
          ${isOfAll ? sql`` : sql`and ${seen}`}
        limit ${MOST_FOUND}
      ) as f`
  })
}

/** The place of a change, and that of one before it that may be its twin. */
export interface FoundPair {
  n: number
  other: number
}

/** Finds changes that may be twins of one another. */
export async function loadPairs(
  context: WriteContext,
  rule: PlannedDuplicateRule,
  changes: readonly RecordChange[],
): Promise<FoundPair[]> {
  return runWrite(context, { key: `pairs ${nameOf(rule)}`, slots: slotsOf(rule, changes) }, () => {
    const equal = rule.definition.match.flatMap((one, at) => {
      if (!isLookedUp(one)) return []
      const [mine, theirs] = ['one', 'other'].map((alias) => keyAt(context, alias, at))
      const sign = one.method === 'fuzzy_text' ? sql`&&` : sql`=`
      return [sql` and ${mine} ${sign} ${theirs}`]
    })
    return sql<FoundPair>`
        with r as materialized (${rowsOf(context, rule)})
        select one.n, other.n as other from r as one join r as other on other.n < one.n${sql.join(equal, sql``)}`
  })
}

const ROWS = new Slot('rows')
const IDS = new Slot('ids')

const nameOf = ({ definition, target, name }: PlannedDuplicateRule): string =>
  `${target.name} ${name} ${JSON.stringify(definition.match)} ${definition.on_create ?? ''} ${definition.tells ?? ''}`

function slotsOf(
  { definition }: PlannedDuplicateRule,
  changes: readonly RecordChange[],
): { rows: unknown; ids: string[] } {
  const rows = changes.map(({ after }, n) => ({
    n,
    ...Object.fromEntries(
      definition.match.map(({ field }, at) => [`v${at}`, after[field] ?? null]),
    ),
  }))
  return { rows: asJson(rows), ids: changes.map(({ id }) => id) }
}

/** What the changes are looked up by: `n`, and `k0`, `k1` … for the conditions. */
function rowsOf(
  context: WriteContext,
  { definition, own }: PlannedDuplicateRule,
): RawBuilder<unknown> {
  const { physical } = context.release
  const shape = definition.match.flatMap(({ field }, at) => {
    const model = own.fields.get(field)
    return model
      ? [sql`${physical.identifier(`v${at}`)} ${castType(model.type.storage(model.options))}`]
      : []
  })
  const keys = definition.match.map((one, at) => {
    const key =
      one.method === 'fuzzy_text' ? physical.slips(`g.v${at}`) : physical.matchKey(one, `g.v${at}`)
    return sql`${key} as ${physical.identifier(`k${at}`)}`
  })
  return sql`select g.n, ${sql.join(keys)} from json_to_recordset(${ROWS}::json) as g (n integer, ${sql.join(shape)})`
}

function meets(
  context: WriteContext,
  condition: MatchCondition,
  column: string,
  at: number,
): RawBuilder<unknown> {
  const { physical } = context.release
  const key = keyAt(context, 'r', at)
  return condition.method === 'fuzzy_text'
    ? sql`${physical.slips(column)} && ${key}`
    : sql`${physical.matchKey(condition, column)} = ${key}`
}

function keyAt(context: WriteContext, alias: string, at: number): RawBuilder<unknown> {
  const { physical } = context.release
  return sql`${physical.identifier(alias)}.${physical.identifier(`k${at}`)}`
}
