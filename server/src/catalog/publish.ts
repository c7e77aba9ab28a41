import type { ModelChange } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import type { AuditCaller } from '../audit/index.ts'
import { hasSqlState, type Transaction } from '../db/index.ts'
import { failure, message, RequestError } from '../errors.ts'
import { quoteIdentifier } from '../schema/physical-map.ts'
import { needsStages } from '../schema/plan-stages.ts'
import type { SchemaStep } from '../schema/schema-step.ts'
import { changeSetClosed, closeChangeSet, loadChangeSet, loadEdits } from './change-sets.ts'
import { checkCustomerNames } from './check-customer-names.ts'
import { areSameLayers, type Head, loadHead } from './component-store.ts'
import { estimateRows } from './estimate-rows.ts'
import { type Layers, withEdits } from './layers.ts'
import { loadLayers } from './load-layers.ts'
import { makeLive } from './make-live.ts'
import type { Finding } from './obstacle.ts'
import { isLarge, orderJob, requireNoneUnderWay } from './order-job.ts'
import type { PublishPlan } from './plan-publish.ts'
import { preparePublish, type PublishTarget } from './prepare-publish.ts'
import { type FileOf, problemsError, requireChecks, requireClear } from './publish-failures.ts'
import type { Blocker } from './publish-job.ts'
import { requireNoOverlap } from './require-no-overlap.ts'
import { findFailedTests, needsTests, Untested } from './testing.ts'
import { withShortLocks } from './with-short-locks.ts'

/** Who publishes what, as the release history will say. */
export interface PublishOrder {
  label: string
  by: string | null
  now: Date
  /** Who it is to the audit log, if a person asked for it. */
  caller?: AuditCaller
  /** That person: they give nobody more than they have, and are told of nothing but what they may see. */
  publisher?: Reader
  /** The next state of the layers from those in force. */
  next(layers: Layers): Layers | Promise<Layers>
  /** The files that the components come from. */
  fileOf?: FileOf
  /** Take up retired tables and columns again with their data: a roll back. */
  isRestoring?: boolean
  rolledBackTo?: number
  /** The change set that it comes from: closed when the release is live. */
  changeSet?: string
  /** Runs in the same transaction, before anything is written; throws to stop. */
  guard?(tx: Transaction, head: Head): Promise<void>
  /** Runs in the same transaction, after everything is written. */
  finish?(tx: Transaction, release: number): Promise<void>
}

/** What a publish did. */
export interface Published {
  /** The release in force; of a publish that is under way, the one that it began on. */
  release: number
  changes: ModelChange[]
  steps: SchemaStep[]
  findings: Finding[]
  /** The publish that goes on in steps, since tables are large. */
  underWay?: string
}

const ATTEMPTS = 12

/**
 * Publishes: compiles, plans, checks live data, applies and moves the head, all in one transaction. Nobody sees
 * half of it; after a crash at any step nothing has happened. Where that would hold up those who work on a large
 * table, it records the steps instead and leaves them to the jobs: `underWay` says which publish that is.
 * The tests of what is to be published have passed before; a roll back is not held up by any.
 * @throws RequestError invalid_metadata with every problem · validation_failed with what live data has against it ·
 *   conflict if tables stay busy, or another publish is under way
 */
export async function publish(target: PublishTarget, order: PublishOrder): Promise<Published> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publishTested(target, order)
    } catch (error) {
      if (!(error instanceof Untested) || !target.testing || attempt > ATTEMPTS) throw error
      requireClear(findFailedTests(await target.testing.run(error.model)))
    }
  }
}

async function publishTested(target: PublishTarget, order: PublishOrder): Promise<Published> {
  let blockers: readonly Blocker[] = []
  try {
    return await withShortLocks(
      target.db,
      (tx, beginLocks) => publishOnce({ tx, beginLocks }, target, order),
      {
        mayTryAgain: (attempt, found) => {
          blockers = found
          return attempt < ATTEMPTS
        },
      },
    )
  } catch (error) {
    if (hasSqlState(error, '54000')) throw tooLong(error)
    throw hasSqlState(error, '55P03') ? tablesBusy(blockers) : error
  }
}

/** The refusal of an index over values of which one does not fit into it. */
function tooLong(error: unknown): RequestError {
  const words = error instanceof Error ? error.message : ''
  const text = message(
    `A value is too long for an index that would be built: ${words}`,
    `有取值过长，无法建立索引：${words}`,
  )
  return new RequestError('validation_failed', { failures: [failure('', 'too_long', text)] })
}

function tablesBusy(blockers: readonly Blocker[]): RequestError {
  const who = blockers.map(({ pid, application }) => `${application} (${pid})`).join(', ')
  return new RequestError('conflict', {
    detail: message(
      `The tables are busy${who === '' ? '' : `: ${who}`}. Try again.`,
      `数据表正忙${who === '' ? '' : `：${who}`}，请稍后重试`,
    ),
  })
}

/** The transaction of a publish, and how it says that it begins to take locks on tables. */
interface Inside {
  tx: Transaction
  beginLocks(): Promise<void>
}

async function publishOnce(
  { tx, beginLocks }: Inside,
  target: PublishTarget,
  order: PublishOrder,
): Promise<Published> {
  const { schema } = target
  const head = await loadHead(tx, schema, true)
  await order.guard?.(tx, head)
  const before = await loadLayers(tx, schema, head.release)
  const next = await order.next(before)
  const { plan, findings, current } = await preparePublish(tx, target, {
    head,
    next,
    isRestoring: order.isRestoring === true,
    publisher: order.publisher,
  })
  const ready = plan.ready
  if (!ready) throw problemsError(plan.problems, order.fileOf)
  requireClear(findings)
  requireTested(target, order, ready)
  const done = { changes: ready.changes, steps: ready.steps, findings }
  if (ready.changes.length === 0 && areSameLayers(before, next) && head.release > 0) {
    await order.finish?.(tx, head.release)
    return { ...done, release: head.release, steps: [] }
  }
  await requireNoneUnderWay(tx, schema)
  const rows = isInstant(ready) ? new Map() : await estimateRows(tx, schema)
  if (needsStages(ready.steps, isLarge(target, rows))) {
    const underWay = await orderJob(tx, target, { order, head, next, ready, rows })
    return { ...done, release: head.release, underWay }
  }
  const release = head.release + 1
  await makeLive(tx, schema, { release, current, ready, before, next, facts: order })
  await order.finish?.(tx, release)
  await beginLocks()
  await holdSources(tx, schema, ready)
  for (const step of ready.steps) await applyAtOnce(tx, step)
  return { ...done, release }
}

/** Whether it is the same work on a table of any size. */
function isInstant({ steps }: NonNullable<PublishPlan['ready']>): boolean {
  return steps.every((step) => step.class === 'instant')
}

/** @throws Untested, to be run outside of this transaction · RequestError with the tests that fail */
function requireTested(
  { testing }: PublishTarget,
  { rolledBackTo }: PublishOrder,
  { model, changes }: NonNullable<PublishPlan['ready']>,
): void {
  if (!testing || rolledBackTo !== undefined || !needsTests(changes)) return
  const run = testing.recall(model)
  if (!run) throw new Untested(model)
  requireClear(findFailedTests(run))
}

/**
 * Holds what computed columns are made of, before any other lock: what is being written there is waited for, and what
 * is written later finds the release that knows of them.
 */
async function holdSources(
  tx: Transaction,
  schema: string,
  { steps, before }: NonNullable<PublishPlan['ready']>,
): Promise<void> {
  const tables = new Set(steps.flatMap(({ reads }) => reads ?? []))
  for (const table of [...tables].filter((one) => before.has(one)).toSorted()) {
    await tx.execute(
      `LOCK TABLE ${quoteIdentifier(schema)}.${quoteIdentifier(table)} IN SHARE MODE`,
    )
  }
}

/** All of a step, on a table that is small; its rows are held, so what was true before is looked at once more. */
async function applyAtOnce(tx: Transaction, step: SchemaStep): Promise<void> {
  for (const statement of step.sql) await tx.execute(statement)
  for (const stage of step.stages ?? []) {
    if (stage.does === 'activate') await requireChecks(tx, stage.checks)
  }
}

/** Publishes a change set; if the head has moved on meanwhile and both touch the same component, 409 names it. */
export async function publishChangeSet(
  target: PublishTarget,
  id: string,
  order: Pick<PublishOrder, 'caller' | 'publisher' | 'by' | 'now'> & { label?: string },
): Promise<Published> {
  const set = await loadChangeSet(target.db, target.schema, id)
  const edits = await loadEdits(target.db, target.schema, id)
  return publish(target, {
    ...order,
    changeSet: id,
    label: order.label ?? set.label,
    next: (layers) => {
      const problems = checkCustomerNames(layers, edits)
      if (problems.length > 0) throw problemsError(problems)
      return withEdits(layers, edits)
    },
    guard: async (tx, head) => {
      const locked = await loadChangeSet(tx, target.schema, id, true)
      if (locked.status !== 'open') throw changeSetClosed(locked)
      await requireNoOverlap(tx, target.schema, { head, base: set.baseRelease, edits })
    },
    finish: (tx) => closeChangeSet(tx, target.schema, id, 'published', order.now),
  })
}
