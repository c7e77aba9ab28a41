import type { Transaction } from '../db/index.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { loadJob, saveJob } from './publish-job-store.ts'
import { withShortLocks } from './with-short-locks.ts'

/** One process's work on a publish. */
export interface Run {
  readonly target: PublishTarget
  readonly id: string
  /** Names this work: whoever takes over writes another name into the job. */
  readonly runner: string
  /** The server is about to stop. */
  readonly signal: AbortSignal
}

/** Somebody else goes on with the publish, or it is to be aborted, or the server stops. */
export class RunEnded extends Error {
  readonly outcome: 'done' | 'again'

  constructor(outcome: 'done' | 'again') {
    super('This run of the publish has ended')
    this.outcome = outcome
  }
}

/** Holds the job within a transaction. @throws RunEnded if it is not this run's any more, or not to go on like this */
export async function requireOwn(
  tx: Transaction,
  { target, id, runner }: Run,
  status: 'running' | 'aborting' = 'running',
): Promise<void> {
  const job = await loadJob(tx, target.schema, id, true)
  if (job?.runner !== runner) throw new RunEnded('done')
  // Its wish to be aborted is looked at by the next step.
  if (job.status !== status) throw new RunEnded('again')
}

/** A transaction of the run that takes locks on tables, however often it has to try; who holds it up can be read meanwhile. */
export async function withOwnLocks(
  run: Run,
  work: (tx: Transaction) => Promise<void>,
  status: 'running' | 'aborting' = 'running',
): Promise<void> {
  const { target, id, signal } = run
  await withShortLocks(
    target.db,
    async (tx, beginLocks) => {
      await requireOwn(tx, run, status)
      await beginLocks()
      await work(tx)
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
