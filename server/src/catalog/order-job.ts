import { type Queryable, type Transaction } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import { enqueue } from '../outbox/index.ts'
import { planStages } from '../schema/plan-stages.ts'
import { moveChangeSet } from './change-sets.ts'
import type { Head } from './component-store.ts'
import type { Layers } from './layers.ts'
import type { ReleaseFacts } from './make-live.ts'
import { reserveNames } from './physical-store.ts'
import type { PublishPlan } from './plan-publish.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { createJob, loadJobUnderWay } from './publish-job-store.ts'

/** The message that lets some process go on with a large publish. */
export const PUBLISH_TOPIC = 'publish.run'

/** Tables with as many rows are published in steps, unless the target says otherwise. */
const LARGE_FROM = 10_000

/** Which tables are so large that what reads or writes all their rows must not hold up others. */
export function isLarge(
  { largeFrom = LARGE_FROM }: PublishTarget,
  rows: ReadonlyMap<string, number>,
): (table: string) => boolean {
  return (table) => (rows.get(table) ?? 0) >= largeFrom
}

/** @throws RequestError conflict while a publish goes on in steps: there is one at a time */
export async function requireNoneUnderWay(db: Queryable, schema: string): Promise<void> {
  const job = await loadJobUnderWay(db, schema)
  if (!job) return
  throw new RequestError('conflict', {
    detail: message(
      `The publish "${job.label}" is under way: wait for it, or abort it`,
      `发布“${job.label}”正在进行：请等待其完成或中止它`,
    ),
  })
}

/** What a large publish is ordered with. */
interface Ordered {
  order: ReleaseFacts & { changeSet?: string }
  head: Head
  next: Layers
  ready: NonNullable<PublishPlan['ready']>
  rows: ReadonlyMap<string, number>
}

/** Records a publish in steps; a job begins with it as soon as the transaction is committed. */
export async function orderJob(
  tx: Transaction,
  target: PublishTarget,
  { order, head, next, ready, rows }: Ordered,
): Promise<string> {
  const { schema } = target
  await reserveNames(tx, schema, ready.names, order.now)
  const id = await createJob(tx, schema, {
    changeSet: order.changeSet ?? null,
    label: order.label,
    baseRelease: head.release,
    aim: {
      next,
      names: ready.names,
      rolledBackTo: order.rolledBackTo ?? null,
      caller: order.caller ?? null,
    },
    by: order.by,
    now: order.now,
    steps: planStages(ready.steps, isLarge(target, rows)),
    rows,
  })
  if (order.changeSet !== undefined) {
    await moveChangeSet(tx, schema, order.changeSet, { from: 'open', to: 'publishing' })
  }
  await enqueue(tx, schema, [{ topic: PUBLISH_TOPIC, payload: { publish: id } }])
  return id
}
