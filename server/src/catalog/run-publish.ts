import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { DatabaseUnavailable } from '../db/index.ts'
import { RequestError } from '../errors.ts'
import { enqueue } from '../outbox/index.ts'
import { goLive } from './go-live.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { loadJob, loadJobSteps, saveJob } from './publish-job-store.ts'
import type { JobStep, PublishJob } from './publish-job.ts'
import { runStage } from './run-stage.ts'
import { type Run, RunEnded } from './run.ts'
import { takeBack } from './take-back.ts'

/** How long a column of another type is kept up to date, so that the change can be undone without a loss. */
export const UNDO_DAYS = 7

/** The message that ends what was kept for an undo. */
export const PURGE_TOPIC = 'publish.purge'

/**
 * Goes on with a publish, step by step, until it is live and cleaned up, or something stops it. Whatever was done is
 * recorded with it, so that after a crash any process goes on where it was. An error of a step halts the publish with
 * its words: nothing of it is live, and it can be resumed or aborted.
 * @returns `again` if the server is about to stop
 * @throws DatabaseUnavailable if the database is away for the moment
 */
export async function runPublish(
  target: PublishTarget,
  id: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<'done' | 'again'> {
  const { db, schema } = target
  const run: Run = { target, id, runner: randomUUID(), signal }
  const job = await loadJob(db, schema, id)
  if (!job || !isUnderWay(job)) return 'done'
  await saveJob(db, schema, id, { runner: run.runner, blockers: [] })
  try {
    while (await runNext(run)) {
      if (signal.aborted) return 'again'
    }
    return 'done'
  } catch (error) {
    if (error instanceof RunEnded) return error.outcome
    if (error instanceof DatabaseUnavailable) throw error
    await halt(run, error)
    return 'done'
  }
}

function isUnderWay({ status }: PublishJob): boolean {
  return status === 'running' || status === 'aborting'
}

/** Does the next step; false if there is none. */
async function runNext(run: Run): Promise<boolean> {
  const { db, schema } = run.target
  const job = await loadJob(db, schema, run.id)
  if (!job || !isUnderWay(job) || job.runner !== run.runner) return false
  const steps = await loadJobSteps(db, schema, run.id)
  if (job.status === 'aborting') return takeBack(run, job, steps)
  const step = steps.find(({ status }) => status === 'pending' || status === 'running')
  if (!step) {
    await finish(run)
    return false
  }
  await waitUntil(run, dueAt(job, step))
  await (step.stage.does === 'activate' ? goLive(run, job, step, step.stage) : runStage(run, step))
  await saveJob(db, schema, run.id, { blockers: [] })
  return true
}

function dueAt({ liveAt }: PublishJob, { stage }: JobStep): number {
  const after = 'afterMs' in stage ? stage.afterMs : undefined
  return liveAt === null || after === undefined ? 0 : Date.parse(liveAt) + after
}

async function waitUntil({ signal }: Run, due: number): Promise<void> {
  const left = due - Date.now()
  if (left <= 0) return
  await delay(left, undefined, { signal }).catch(() => {
    throw new RunEnded('again')
  })
}

async function finish({ target, id }: Run): Promise<void> {
  const { db, schema } = target
  await db.inTransaction(async (tx) => {
    const now = new Date()
    await saveJob(tx, schema, id, { status: 'done', finishedAt: now.toISOString(), error: null })
    const runAt = new Date(now.getTime() + UNDO_DAYS * 86_400_000)
    await enqueue(tx, schema, [{ topic: PURGE_TOPIC, payload: {}, runAt }])
  })
}

const MOST_ERROR_LENGTH = 1000

async function halt({ target, id, runner }: Run, error: unknown): Promise<void> {
  const { db, schema } = target
  const said = error instanceof Error ? error.message : String(error)
  const failures = error instanceof RequestError ? error.details.failures : undefined
  const words = failures?.map((one) => one.message['en-US']).join('; ') ?? said
  await db.inTransaction(async (tx) => {
    const job = await loadJob(tx, schema, id, true)
    if (job?.runner !== runner || !isUnderWay(job)) return
    await saveJob(tx, schema, id, { status: 'halted', error: words.slice(0, MOST_ERROR_LENGTH) })
  })
}
