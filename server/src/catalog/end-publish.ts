import { message, RequestError } from '../errors.ts'
import { enqueue } from '../outbox/index.ts'
import { PUBLISH_TOPIC } from './order-job.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { loadJob, saveJob } from './publish-job-store.ts'
import type { PublishJob } from './publish-job.ts'

/** Goes on with a publish that has halted. @throws RequestError not_found · conflict if it has not halted */
export async function resumePublish(target: PublishTarget, id: string): Promise<void> {
  await turn(target, id, ({ status }) => {
    if (status !== 'halted') {
      throw new RequestError('conflict', {
        detail: message('The publish has not halted', '该发布并未暂停'),
      })
    }
    return 'running'
  })
}

/**
 * Calls a publish off: what it has made is taken back, and its change set is open again.
 * @throws RequestError not_found · conflict if it is live already, or over
 */
export async function abortPublish(target: PublishTarget, id: string): Promise<void> {
  await turn(target, id, ({ status, release }) => {
    if (release !== null || status === 'done' || status === 'aborted') {
      throw new RequestError('conflict', {
        detail: message(
          'The release is live already: roll it back instead',
          '该版本已生效，请改用回滚',
        ),
      })
    }
    return 'aborting'
  })
}

async function turn(
  { db, schema }: PublishTarget,
  id: string,
  next: (job: PublishJob) => PublishJob['status'],
): Promise<void> {
  await db.inTransaction(async (tx) => {
    const job = await loadJob(tx, schema, id, true)
    if (!job) throw new RequestError('not_found')
    await saveJob(tx, schema, id, { status: next(job), error: null })
    await enqueue(tx, schema, [{ topic: PUBLISH_TOPIC, payload: { publish: id } }])
  })
}
