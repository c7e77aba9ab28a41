import { isRecordId } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import { abortPublish, loadJobUnderWay, resumePublish } from '../../catalog/index.ts'
import { RequestError } from '../../errors.ts'
import { localeOf } from '../locale.ts'
import { metaSchema } from '../meta-schema.ts'
import { answerPublish, requirePublish } from '../publish-answers.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const PublishParams = Type.Object({ id: Type.String() }, closed)
const Nothing = Type.Union([Type.Null(), Type.Object({}, closed)])

/** Publishes that go on in steps, since tables are large: how far they have come, resume and abort. */
export function publishRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  const answer = async (request: FastifyRequest): Promise<unknown> => {
    const job = await requirePublish(services, publishId(request))
    return answerPublish(services, services.contextOf(request), job, localeOf(request))
  }
  routes.get(
    '/api/v1/meta/publishes',
    metaSchema('The publish that goes on in steps, if there is one'),
    async (request) => {
      const job = await loadJobUnderWay(target.db, target.schema)
      const context = services.contextOf(request)
      return {
        publish: job ? await answerPublish(services, context, job, localeOf(request)) : null,
      }
    },
  )
  routes.get(
    '/api/v1/meta/publishes/:id',
    metaSchema('A publish in steps and how far it has come', { params: PublishParams }),
    answer,
  )
  routes.post(
    '/api/v1/meta/publishes/:id/resume',
    metaSchema('Go on with a publish that has halted', { params: PublishParams, body: Nothing }),
    async (request) => {
      await resumePublish(target, publishId(request))
      return answer(request)
    },
  )
  routes.post(
    '/api/v1/meta/publishes/:id/abort',
    metaSchema('Call a publish off that is not live yet, and take back what it has made', {
      params: PublishParams,
      body: Nothing,
    }),
    async (request) => {
      await abortPublish(target, publishId(request))
      return answer(request)
    },
  )
}

function publishId(request: FastifyRequest): string {
  const { id } = request.params as { id: string }
  if (!isRecordId(id)) throw new RequestError('not_found')
  return id
}
