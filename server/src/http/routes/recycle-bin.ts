import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { RequestError } from '../../errors.ts'
import { loadBin } from '../../query/index.ts'
import { eraseRecord } from '../../records/erase-records.ts'
import { ObjectParams, RecordParams, StoryParameters } from '../record-queries.ts'
import { requireId, requireObject } from '../record-requests.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const CONFIG = { policy: 'signed_in', surface: 'records' } as const
const Empty = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })])
const USUAL_PAGE = 50

/** The recycle bin: what is in it, and what leaves it for good. */
export function recycleBinRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  const list = {
    summary: 'Records in the recycle bin, those deleted last first',
    params: ObjectParams,
    querystring: StoryParameters,
  }
  routes.get('/api/v1/records/:object/bin', { config: CONFIG, schema: list }, async (request) => {
    const context = services.contextOf(request)
    const object = requireObject(context, request.params.object)
    if (!context.actor.rights.object(object.name).delete) throw new RequestError('forbidden')
    const { limit = USUAL_PAGE, cursor } = request.query
    return loadBin(context, { object, limit, cursor, cursorKey })
  })
  const erase = {
    summary: 'Erase a record in the recycle bin for good',
    tags: ['records'],
    params: RecordParams,
    body: Empty,
  }
  routes.post(
    '/api/v1/records/:object/:id/erase',
    { config: CONFIG, schema: erase },
    async (request, reply) => {
      const context = services.contextOf(request)
      const object = requireObject(context, request.params.object)
      await eraseRecord(context, object, requireId(request.params.id))
      return reply.code(204).send()
    },
  )
}
