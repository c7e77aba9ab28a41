import type { AggregateQuery, ObjectModel } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
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
  const shown = rows.slice(0, plan.limit)
  const last = rows.length > plan.limit ? shown.at(-1) : undefined
  const next = last
    ? `"${sealCursor(
        ready.place.map((index) => last[index] ?? null),
        binding,
        cursorKey,
      )}"`
    : 'null'
  return `{"groups":[${shown.map(ready.emit).join(',')}],"next_cursor":${next}}`
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
    return { emit, place, read: prepareRead(release, statement) }
  })
}
