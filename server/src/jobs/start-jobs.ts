import type { Context } from '../access/context.ts'
import { type ImportGround, RUN_TOPIC, runImport, runUndo, UNDO_TOPIC } from '../imports/index.ts'
import { type Handler, OutboxWorker } from '../outbox/index.ts'

/** What jobs need of the house. */
export interface JobGround extends ImportGround {
  readonly db: Context['db']
}

/** How jobs are run. */
export interface JobOptions {
  readonly log?: (line: string) => void
  /** How long a message stays with a process that has died. */
  readonly leaseMs?: number
}

/** Ends what was started, after what is being done. */
export type Stop = () => Promise<void>

/**
 * Starts this process's worker: whatever was left in the outbox goes on.
 *
 * @example const stopJobs = await startJobs({ db, currentModel })
 */
export async function startJobs(ground: JobGround, options: JobOptions = {}): Promise<Stop> {
  const { log = () => undefined, ...more } = options
  const { schema } = ground.currentModel.release.physical.names
  const worker = new OutboxWorker({
    db: ground.db,
    schema,
    handlers: handlersOf(ground),
    log,
    ...more,
  })
  await worker.start()
  return () => worker.stop()
}

/** Who does what: each topic of the outbox and its handler. */
function handlersOf(ground: JobGround): Record<string, Handler> {
  return {
    [RUN_TOPIC]: (payload, delivery) => runImport(ground, String(payload['import']), delivery),
    [UNDO_TOPIC]: (payload, delivery) => runUndo(ground, String(payload['import']), delivery),
  }
}
