import { moveChangeSet } from './change-sets.ts'
import { releaseNames } from './physical-store.ts'
import { loadAim, saveJob, saveStep } from './publish-job-store.ts'
import type { JobStep, PublishJob } from './publish-job.ts'
import { type Run, withOwnLocks } from './run.ts'

/**
 * Takes back the last step of a publish that is to be aborted; when there is none left, its change set is open again.
 * @returns whether there is more to take back
 */
export async function takeBack(
  run: Run,
  job: PublishJob,
  steps: readonly JobStep[],
): Promise<boolean> {
  const { schema } = run.target
  const step = steps.findLast(({ status }) => status === 'done' || status === 'running')
  if (!step) {
    await endAborted(run, job)
    return false
  }
  const undo = 'undo' in step.stage ? step.stage.undo : []
  await withOwnLocks(
    run,
    async (tx) => {
      for (const statement of undo) await tx.execute(statement)
      await saveStep(tx, schema, { id: run.id, position: step.position }, { status: 'undone' })
    },
    'aborting',
  )
  return true
}

async function endAborted(run: Run, { changeSet }: PublishJob): Promise<void> {
  const { schema } = run.target
  const { names } = await loadAim(run.target.db, schema, run.id)
  await withOwnLocks(
    run,
    async (tx) => {
      await releaseNames(tx, schema, names)
      if (changeSet !== null) {
        await moveChangeSet(tx, schema, changeSet, { from: 'publishing', to: 'open' })
      }
      const finishedAt = new Date().toISOString()
      await saveJob(tx, schema, run.id, { status: 'aborted', finishedAt })
    },
    'aborting',
  )
}
