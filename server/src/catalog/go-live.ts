import { sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import type { Stage } from '../schema/stage.ts'
import { moveChangeSet } from './change-sets.ts'
import { loadHead } from './component-store.ts'
import { loadLayers } from './load-layers.ts'
import { makeLive } from './make-live.ts'
import { planOn } from './prepare-publish.ts'
import { requireChecks } from './publish-failures.ts'
import { loadAim, saveJob, saveStep } from './publish-job-store.ts'
import type { JobStep, PublishJob } from './publish-job.ts'
import { type Run, requireOwn, RunEnded } from './run.ts'
import { withShortLocks } from './with-short-locks.ts'

/**
 * Makes a publish live in one short transaction: metadata and head, the locks on tables, what is short of the DDL, and
 * a last look at what people saved while the rest was made. If that is in the way, nothing has happened.
 */
export async function goLive(
  run: Run,
  job: PublishJob,
  step: JobStep,
  stage: Extract<Stage, { does: 'activate' }>,
): Promise<void> {
  const { target, id, signal } = run
  await withShortLocks(
    target.db,
    async (tx, beginLocks) => {
      const head = await loadHead(tx, target.schema, true)
      await requireOwn(tx, run)
      if (head.release !== job.baseRelease) throw new Error('Another release went live meanwhile')
      await putInForce(tx, run, job)
      await beginLocks()
      for (const statement of [...stage.locks, ...stage.sql]) await tx.execute(statement)
      await requireChecks(tx, stage.checks)
      await saveStep(
        tx,
        target.schema,
        { id, position: step.position },
        { status: 'done', more: 1 },
      )
    },
    {
      mayTryAgain: async (_attempt, blockers) => {
        await saveJob(target.db, target.schema, id, { blockers })
        if (signal.aborted) throw new RunEnded('again')
        return true
      },
    },
  )
}

async function putInForce(tx: Transaction, { target, id }: Run, job: PublishJob): Promise<void> {
  const { schema } = target
  const aim = await loadAim(tx, schema, id)
  const before = await loadLayers(tx, schema, job.baseRelease)
  const head = { release: job.baseRelease, epoch: 0 }
  const { current, plan } = await planOn(tx, target, {
    head,
    next: aim.next,
    isRestoring: false,
    assigned: aim.names,
  })
  if (!plan.ready) throw new Error('The metadata to be published does not compile any more')
  const release = job.baseRelease + 1
  const now = new Date()
  await makeLive(tx, schema, {
    release,
    current,
    ready: plan.ready,
    before,
    next: aim.next,
    facts: {
      label: job.label,
      by: job.orderedBy,
      now,
      ...(aim.caller ? { caller: { ...aim.caller, at: now } } : {}),
      ...(aim.rolledBackTo === null ? {} : { rolledBackTo: aim.rolledBackTo }),
    },
  })
  if (job.changeSet !== null) {
    await moveChangeSet(tx, schema, job.changeSet, { from: 'publishing', to: 'published' })
  }
  const [clock] = await tx.query<{ at: string }>(sql`select clock_timestamp() as at`)
  await saveJob(tx, schema, id, { release, liveAt: clock?.at ?? now.toISOString() })
}
