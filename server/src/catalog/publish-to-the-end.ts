import { setTimeout as delay } from 'node:timers/promises'

import { message, RequestError } from '../errors.ts'
import { OutboxWorker } from '../outbox/index.ts'
import { PUBLISH_TOPIC } from './order-job.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { loadJob, loadJobUnderWay } from './publish-job-store.ts'
import { publish, type Published, type PublishOrder } from './publish.ts'
import { runPublish } from './run-publish.ts'

const LOOK_EVERY_MS = 100

/**
 * Publishes and waits until it is live and cleaned up; one that is under way is brought to its end first. A publish in
 * steps is worked on here, unless a server that runs on the same database has taken it.
 * @throws RequestError what publishing throws · conflict if it halted or was aborted
 */
export async function publishToTheEnd(
  target: PublishTarget,
  order: PublishOrder,
): Promise<Published> {
  const done = await publish(target, order).catch(async (error: unknown) => {
    const before = await loadJobUnderWay(target.db, target.schema)
    if (before?.status !== 'running') throw error
    await waitFor(target, before.id)
    return publish(target, order)
  })
  if (done.underWay === undefined) return done
  const release = await waitFor(target, done.underWay)
  return { ...done, release }
}

async function waitFor(target: PublishTarget, id: string): Promise<number> {
  const { db, schema } = target
  const worker = new OutboxWorker({
    db,
    schema,
    handlers: {
      [PUBLISH_TOPIC]: (payload, { signal }) =>
        runPublish(target, String(payload['publish']), signal),
    },
    log: () => undefined,
  })
  await worker.start()
  try {
    for (;;) {
      const job = await loadJob(db, schema, id)
      if (job?.status === 'done' && job.release !== null) return job.release
      if (job?.status !== 'running') throw notDone(job?.error ?? '')
      await delay(LOOK_EVERY_MS)
    }
  } finally {
    await worker.stop()
  }
}

function notDone(error: string): RequestError {
  return new RequestError('conflict', {
    detail: message(
      `The publish has stopped${error === '' ? '' : `: ${error}`}`,
      `发布已停止${error === '' ? '' : `：${error}`}`,
    ),
  })
}
