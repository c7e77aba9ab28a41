import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { callerOf } from '../../audit/index.ts'
import { estimateRows, isLarge, previewChangeSet, publishChangeSet } from '../../catalog/index.ts'
import { localeOf } from '../locale.ts'
import { wirePlan } from '../meta-answers.ts'
import { metaQuestion, metaSchema } from '../meta-schema.ts'
import { sendPublished } from '../publish-answers.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { LabelBody, SetParams, setId } from './meta-change-sets.ts'

const closed = { additionalProperties: false } as const
const Nothing = Type.Union([Type.Null(), Type.Object({}, closed)])

/** What publishing a change set would do, and publishing it: for those who may customize. */
export function planRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  routes.post(
    '/api/v1/meta/changesets/:id/plan',
    metaQuestion('What publishing would do', { params: SetParams, body: Nothing }),
    async (request) => {
      const { set, ...preview } = await previewChangeSet(target, setId(request), {
        publisher: services.contextOf(request),
        isCounting: true,
        isTesting: true,
      })
      const rows = await estimateRows(target.db, target.schema)
      return wirePlan({
        set,
        preview,
        rows,
        isLarge: isLarge(target, rows),
        locale: localeOf(request),
      })
    },
  )
  routes.post(
    '/api/v1/meta/changesets/:id/publish',
    metaSchema('Plan, apply, activate; 202 where large tables make it go on in steps', {
      params: SetParams,
      body: LabelBody,
    }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const label = (request.body as { label?: string } | null)?.label
      const done = await publishChangeSet({ ...target, db: context.db }, setId(request), {
        ...(label === undefined ? {} : { label }),
        by: context.actor.userId,
        now: context.now,
        caller: callerOf(context),
        publisher: context,
      })
      return sendPublished(services, request, reply, done)
    },
  )
}
