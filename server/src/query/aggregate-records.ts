import type { AggregateQuery, ObjectModel } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { message, RequestError } from '../errors.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
import type { Cells } from './cells.ts'
import { type CompiledAggregate, compileAggregate } from './compile-aggregate.ts'
import { openCursor, sealCursor } from './cursor.ts'
import { planAggregate } from './plan-aggregate.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'

/** An aggregation to be done. */
export interface AggregateRequest {
  object: ObjectModel
  query: AggregateQuery
  cursorKey: Buffer
}

type Ready = Omit<CompiledAggregate, 'statement'> & { read: PreparedRead }

const aggregates = releaseCache<Ready>('aggregates', 300)

/**
 * Groups and measures the records that the reader may see; answers an `AggregatePage` as JSON.
 * @throws RequestError with everything that is wrong with what was asked.
 */
export async function aggregateRecords(
  context: Context,
  { object, query, cursorKey }: AggregateRequest,
): Promise<string> {
  const plan = planAggregate(context, object, query)
  const binding = `${context.actor.userId} ${plan.binding}`
  const place = plan.cursor === undefined ? undefined : openCursor(plan.cursor, binding, cursorKey)
  const ready = readyAggregate(
    context,
    plan,
    place?.map((cell) => cell === null),
  )
  const cells = Object.fromEntries((place ?? []).map((cell, index) => [`cursor.${index}`, cell]))
  const rows = await runPrepared(context, ready.read, {
    slots: { ...cells, limit: plan.limit + 1, time_zone: context.actor.timeZone },
    conditions: plan.having ? [...plan.conditions, plan.having] : plan.conditions,
  })
  if (isAmiss(plan, rows)) throw noRate()
  const shown = rows.slice(0, plan.limit)
  const last = rows.length > plan.limit ? shown.at(-1) : undefined
  const next = last
    ? `"${sealCursor(
        ready.place.map((index) => last[index] ?? null),
        binding,
        cursorKey,
      )}"`
    : 'null'
  const isMoney = plan.measures.some((measure) => measure.isMoney === true)
  const currency = isMoney ? `,"currency":"${context.release.model.corporateCurrency}"` : ''
  return `{"groups":[${shown.map(ready.emit).join(',')}],"next_cursor":${next}${currency}}`
}

function isAmiss({ groups, measures }: AggregatePlan, rows: readonly Cells[]): boolean {
  const first = groups.reduce((count, { path }) => count + (path.field.target ? 2 : 1), 0)
  return measures.some(
    ({ isMoney }, index) => isMoney === true && rows.some((row) => row[first + index] === 'NaN'),
  )
}

/** A currency that records are in has lost its rates: rather no sum than one that leaves them out. */
function noRate(): RequestError {
  const [en, zh] = ['A currency in use has no exchange rate', '使用中的币种缺少汇率']
  return new RequestError('conflict', { detail: message(en, zh) })
}

function readyAggregate(
  context: Context,
  plan: AggregatePlan,
  after: readonly boolean[] | undefined,
): Ready {
  const { release, actor } = context
  const empties = after?.map((isEmpty) => (isEmpty ? 'e' : 'v')).join('') ?? ''
  const key = `${actor.accessSignature}|${plan.shape}|${empties}`
  return aggregates(release).get(key, () => {
    const { statement, emit, place } = compileAggregate(context, plan, after)
    return { emit, place, read: prepareRead(statement) }
  })
}
