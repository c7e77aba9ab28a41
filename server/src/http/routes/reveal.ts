import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { checkRecordId, findObject } from '../../query/index.ts'
import { revealValue } from '../../records/reveal-value.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const Params = Type.Object({ object: Type.String(), id: Type.String() }, closed)
const Body = Type.Object({ field: Type.String({ minLength: 1, maxLength: 63 }) }, closed)

/** Asking for the value behind a mask, one record and field at a time. */
export function revealRoutes(app: FastifyInstance, services: Services): void {
  const config = { policy: 'signed_in', surface: 'records', keepsAnswer: false } as const
  const schema = {
    summary: 'The value behind a mask; counted, and written to the audit log',
    tags: ['records'],
    params: Params,
    body: Body,
  }
  typedRoutes(app).post(
    '/api/v1/records/:object/:id/actions/reveal',
    { config, schema },
    async (request) => {
      const context = services.contextOf(request)
      const object = findObject(context, request.params.object)
      const id = checkRecordId(request.params.id)
      return { value: await revealValue(context, { object, id, field: request.body.field }) }
    },
  )
}
