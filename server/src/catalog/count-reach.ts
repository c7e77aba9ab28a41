import type { ObjectModel, RecordRight } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { ActorValue } from '../access/actor-value.ts'
import { type Reader, rowFilter } from '../access/row-filter.ts'
import { hasSqlState, toSqlText, type Transaction } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import type { AccessEffect, Compared } from './access-effect.ts'
import { describeEffect } from './describe-effect.ts'

/** One right over the records of an object, and until when it may be counted. */
export interface ReachAsked {
  /** The release in force, whose tables there are. */
  current: Release
  object: ObjectModel
  right: RecordRight
  deadline: number
  /** There are more people than those who are counted. */
  isMore: boolean
}

/** One count may take so long; then it is made on so many records only. */
const TIMEOUT_MS = 1500
const SAMPLE = 20_000
/** So many different conditions are judged in one statement. */
const MOST_CONDITIONS = 50
/** The statement was ended by the timeout; or it names what publishing is yet to make. */
const TOO_LONG = '57014'
const NOT_THERE_YET = ['42703', '42P01']

/** People for whom the same rows are opened and the same closed. */
interface Alike {
  gains: RawBuilder<boolean>
  losses: RawBuilder<boolean>
  users: number
}

interface Counted {
  gains: number[]
  losses: number[]
  gained: number
  lost: number
}

/** Who gains or loses a right over which records of an object: those whose conditions differ are judged in one statement. */
export async function countReach(
  tx: Transaction,
  people: readonly Compared[],
  asked: ReachAsked,
): Promise<AccessEffect[]> {
  const all = findAlike(people, asked)
  if (all.length === 0) return []
  const alike = all.slice(0, MOST_CONDITIONS)
  const counted = await countWithin(tx, asked, alike)
  if (!counted) return [tell(asked, { isGain: true, users: null, records: null, isMore: true })]
  const isMore = asked.isMore || counted.isSample || all.length > alike.length
  const users = (counts: readonly number[]): number =>
    alike.reduce((sum, one, index) => sum + ((counts[index] ?? 0) > 0 ? one.users : 0), 0)
  return [
    { isGain: true, users: users(counted.gains), records: counted.gained, isMore },
    { isGain: false, users: users(counted.losses), records: counted.lost, isMore },
  ]
    .filter((one) => one.users > 0)
    .map((one) => tell(asked, one))
}

function tell(
  { object, right }: ReachAsked,
  told: Pick<AccessEffect, 'isGain' | 'users' | 'records' | 'isMore'>,
): AccessEffect {
  const effect = { object: object.name, right, ...told }
  return { ...effect, message: describeEffect(effect, object) }
}

function findAlike(people: readonly Compared[], { object, right }: ReachAsked): Alike[] {
  const found = new Map<string, Alike>()
  for (const { before, after } of people) {
    const was = conditionOf(before, object.name, right)
    const is = conditionOf(after, object.name, right)
    const [old, now] = [keyOf(was), keyOf(is)]
    if (old === now) continue
    const key = `${old} ${now}`
    const known = found.get(key)
    if (known) known.users += 1
    else {
      found.set(key, {
        gains: sql`(${is}) and not (${was})`,
        losses: sql`(${was}) and not (${is})`,
        users: 1,
      })
    }
  }
  return [...found.values()]
}

function conditionOf(reader: Reader, name: string, right: RecordRight): RawBuilder<boolean> {
  const object = reader.release.model.objects.get(name)
  if (!object) return sql<boolean>`false`
  const filter = rowFilter(reader, { object, right, alias: 't' })
  return filter === null ? sql<boolean>`true` : sql<boolean>`(${filter}) is true`
}

function keyOf(condition: RawBuilder<boolean>): string {
  const { text, values } = toSqlText(condition)
  const own = values.map((value) => (value instanceof ActorValue ? value.toPostgres() : value))
  return JSON.stringify([text, own])
}

/** Counts all records; some of them if that takes too long; undefined if even that does, or the tables are yet to change. */
async function countWithin(
  tx: Transaction,
  asked: ReachAsked,
  alike: readonly Alike[],
): Promise<(Counted & { isSample: boolean }) | undefined> {
  for (const limit of [null, SAMPLE]) {
    if (performance.now() > asked.deadline) return undefined
    try {
      const counted = await tx.savepoint(() => countOnce(tx, asked, { alike, limit }))
      return counted && { ...counted, isSample: limit !== null }
    } catch (error) {
      if (NOT_THERE_YET.some((state) => hasSqlState(error, state))) return undefined
      if (!hasSqlState(error, TOO_LONG)) throw error
    }
  }
  return undefined
}

async function countOnce(
  tx: Transaction,
  { current, object }: ReachAsked,
  { alike, limit }: { alike: readonly Alike[]; limit: number | null },
): Promise<Counted | undefined> {
  const list = (which: 'gains' | 'losses'): RawBuilder<unknown> =>
    sql`array[${sql.join(alike.map((one) => one[which]))}]`
  const each = (column: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`array[${sql.join(alike.map((_, index) => sql`count(*) filter (where ${column}[${index + 1}::int])`))}]::int[]`
  const [gains, losses] = [sql`judged.gains`, sql`judged.losses`]
  const table = current.physical.table(object.name)
  await tx.query(sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`)
  const [row] = await tx.query<Counted>(sql`
    select ${each(gains)} as gains, ${each(losses)} as losses,
      count(*) filter (where true = any(${gains}))::int as gained,
      count(*) filter (where true = any(${losses}))::int as lost
    from (select ${list('gains')} as gains, ${list('losses')} as losses
      from (select * from ${table} where deleted_at is null limit ${limit}) as t offset 0) as judged`)
  return row
}
