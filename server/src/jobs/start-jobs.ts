import type { Context } from '../access/context.ts'
import { RESET_TOPIC, sendResetLetter } from '../access/password-reset.ts'
import {
  PUBLISH_TOPIC,
  PURGE_TOPIC,
  type PublishTarget,
  purge,
  runPublish,
  UNDO_DAYS,
} from '../catalog/index.ts'
import type { Config } from '../config.ts'
import { runSearch } from '../duplicates/run-search.ts'
import { SEARCH_TOPIC } from '../duplicates/search-store.ts'
import { type ImportGround, RUN_TOPIC, runImport, runUndo, UNDO_TOPIC } from '../imports/index.ts'
import { Mailer } from '../mail/index.ts'
import { type Handler, OutboxWorker } from '../outbox/index.ts'
import { RECALCULATE_TOPIC } from '../records/defer-recalculation.ts'
import { runRecalculation } from '../records/run-recalculation.ts'

/** What jobs need of the house. */
export interface JobGround extends ImportGround {
  readonly db: Context['db']
  readonly target: PublishTarget
  readonly config: Pick<Config, 'smtpUrl' | 'mailFrom' | 'publicUrl'>
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
 * @example const stopJobs = await startJobs({ config, db, currentModel })
 */
export async function startJobs(ground: JobGround, options: JobOptions = {}): Promise<Stop> {
  const { log = () => undefined, ...more } = options
  const { schema } = ground.currentModel.release.physical.names
  const mailer = new Mailer(ground.config, log)
  const worker = new OutboxWorker({
    db: ground.db,
    schema,
    handlers: handlersOf(ground, mailer),
    log,
    ...more,
  })
  await worker.start()
  return async () => {
    await worker.stop()
    mailer.close()
  }
}

/** Who does what: each topic of the outbox and its handler. */
function handlersOf(ground: JobGround, mailer: Mailer): Record<string, Handler> {
  return {
    [RESET_TOPIC]: async (payload) => {
      const { db, config, currentModel } = ground
      const { publicUrl } = config
      await sendResetLetter({ db, release: currentModel.release, mailer, publicUrl }, payload)
      return 'done'
    },
    [PUBLISH_TOPIC]: (payload, { signal }) =>
      runPublish(ground.target, String(payload['publish']), signal),
    [PURGE_TOPIC]: async () => {
      await purge(ground.target, { syncedDays: UNDO_DAYS })
      return 'done'
    },
    [RECALCULATE_TOPIC]: (payload, { signal }) =>
      runRecalculation(ground, String(payload['recalculation']), signal),
    [SEARCH_TOPIC]: (payload, delivery) => runSearch(ground, String(payload['search']), delivery),
    [RUN_TOPIC]: (payload, delivery) => runImport(ground, String(payload['import']), delivery),
    [UNDO_TOPIC]: (payload, delivery) => runUndo(ground, String(payload['import']), delivery),
  }
}
