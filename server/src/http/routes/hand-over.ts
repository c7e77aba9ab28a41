import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { deactivateUser, loadHoldings } from '../../sharing/hand-over.ts'
import type { Identities } from '../authenticate.ts'
import { inAskedLanguage } from '../locale.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'

const CONFIG = { policy: 'manage_users', surface: 'users' } as const

const DeactivateBody = Type.Union([
  Type.Null(),
  Type.Object(
    {
      successor: Type.Optional(
        Type.Union([Type.String({ format: 'uuid' }), Type.Null()], {
          description: 'Who gets what the user owns, and decides what waits for them',
        }),
      ),
    },
    { additionalProperties: false },
  ),
])

/** What a user holds, and handing it over when they leave. */
export function handOverRoutes(
  app: FastifyInstance,
  services: Services,
  { actors }: Identities,
): void {
  const routes = typedRoutes(app)
  const holdings = { summary: 'What a user owns, per object', tags: ['user'], params: IdParams }
  routes.get(
    '/api/v1/records/user/:id/holdings',
    { config: CONFIG, schema: holdings },
    async (request) => {
      const context = inAskedLanguage(request, services.contextOf(request))
      return loadHoldings(context, request.params.id.toLowerCase())
    },
  )
  const deactivate = {
    summary: 'Make a user inactive and hand over what they own',
    tags: ['user'],
    params: IdParams,
    body: DeactivateBody,
  }
  routes.post(
    '/api/v1/records/user/:id/actions/deactivate',
    { config: CONFIG, schema: deactivate },
    async (request) => {
      const context = inAskedLanguage(request, services.contextOf(request))
      const successor = request.body?.successor?.toLowerCase() ?? null
      try {
        return await deactivateUser(context, request.params.id.toLowerCase(), successor)
      } finally {
        actors.forget()
      }
    },
  )
}
