import type { Locale, WirePublish, WirePublishStep } from '@trellis/metamodel'
import type { FastifyReply, FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'
import {
  type JobStep,
  loadJob,
  loadJobSteps,
  type Published,
  type PublishJob,
} from '../catalog/index.ts'
import { RequestError } from '../errors.ts'
import { localeOf } from './locale.ts'
import { wireChange } from './meta-answers.ts'
import { nameUsers } from './name-users.ts'
import type { Services } from './services.ts'

function wireJobStep(step: JobStep, locale: Locale): WirePublishStep {
  return {
    phase: step.phase,
    kind: step.kind,
    object: step.object,
    field: step.field,
    title: step.title[locale],
    status: step.status,
    done: step.done,
    total: step.total,
    started_at: step.startedAt,
    finished_at: step.finishedAt,
  }
}

/** A publish in steps, and how far it has come. */
export async function answerPublish(
  { target }: Services,
  context: Context,
  job: PublishJob,
  locale: Locale,
): Promise<WirePublish> {
  const steps = await loadJobSteps(target.db, target.schema, job.id)
  const nameUser = await nameUsers(context, [job.orderedBy])
  return {
    id: job.id,
    change_set: job.changeSet,
    label: job.label,
    status: job.status,
    base_release: job.baseRelease,
    release: job.release,
    ordered_by: nameUser(job.orderedBy),
    ordered_at: job.orderedAt,
    live_at: job.liveAt,
    finished_at: job.finishedAt,
    error: job.error,
    blockers: [...job.blockers],
    steps: steps.map((step) => wireJobStep(step, locale)),
  }
}

/** The publish of an id. @throws RequestError not_found */
export async function requirePublish({ target }: Services, id: string): Promise<PublishJob> {
  const job = await loadJob(target.db, target.schema, id)
  if (!job) throw new RequestError('not_found')
  return job
}

/** What a publish came to: 200 with the release that is live, or 202 and where to follow it. */
export async function sendPublished(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  done: Published,
): Promise<FastifyReply> {
  const locale = localeOf(request)
  const changes = done.changes.map((change) => wireChange(change, locale))
  if (done.underWay === undefined) {
    await services.currentModel.refresh()
    return reply.send({ release: done.release, changes })
  }
  const job = await requirePublish(services, done.underWay)
  return reply
    .code(202)
    .header('location', `/api/v1/meta/publishes/${job.id}`)
    .send({
      release: done.release,
      changes,
      publish: await answerPublish(services, services.contextOf(request), job, locale),
    })
}
