import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { searchRecords } from '../../query/index.ts'
import { inAskedLanguage } from '../locale.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const SearchParameters = Type.Object(
  {
    q: Type.String({ maxLength: 200, description: 'a text in the name or a searchable field' }),
    objects: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4000,
        description: 'account,contact; all that the caller may read if left out',
      }),
    ),
  },
  { additionalProperties: false },
)

/** Search over all objects at once. */
export function searchRoutes(app: FastifyInstance, services: Services): void {
  const config = { policy: 'signed_in', surface: 'records' } as const
  const schema = {
    summary: 'Search records of all objects',
    tags: ['records'],
    querystring: SearchParameters,
  }
  typedRoutes(app).get('/api/v1/search', { config, schema }, async (request) => {
    const { q, objects } = request.query
    return searchRecords(inAskedLanguage(request, services.contextOf(request)), {
      q,
      objects: objects?.split(',').map((name) => name.trim()),
    })
  })
}
