import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { deactivateUser, loadHoldings } from '../../sharing/hand-over.ts'
import type { Identities } from '../authenticate.ts'
import { inAskedLanguage } from '../locale.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'

const CONFIG = { policy: 'manage_users', surface: 'users' } as const

const person = (description: string) =>
  Type.Optional(Type.Union([Type.String({ format: 'uuid' }), Type.Null()], { description }))

const DeactivateBody = Type.Union([
  Type.Null(),
  Type.Object(
    {
      successor: person('Who gets what the user owns'),
      approver: person('Who decides what waits for them; the successor if left out'),
      manager: person('Whom those report to who reported to them; nothing changes if left out'),
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
      const { successor, approver, manager } = request.body ?? {}
      const to = {
        successor: successor?.toLowerCase() ?? null,
        approver: (approver === undefined ? successor : approver)?.toLowerCase() ?? null,
        manager: manager?.toLowerCase() ?? null,
      }
      try {
        return await deactivateUser(context, request.params.id.toLowerCase(), to)
      } finally {
        actors.forget()
      }
    },
  )
}
