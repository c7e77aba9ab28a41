import type { IncomingMessage, ServerResponse } from 'node:http'

import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawServerDefault,
} from 'fastify'
import Type, { type Static, type TSchema } from 'typebox'

interface SchemaTypes extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  serializer: unknown
}

/** An app whose routes are typed by their schemas. */
export type TypedApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  SchemaTypes
>

/**
 * The same app, where body, query and parameters of a route have the types of its schemas.
 *
 * @example typedRoutes(app).post('/x', { schema: { body: Type.Object({ n: Type.Integer() }) } }, …)
 */
export function typedRoutes(app: FastifyInstance): TypedApp {
  return app.withTypeProvider<SchemaTypes>()
}

/** `/…/{id}` */
export const IdParams = Type.Object(
  { id: Type.String({ format: 'uuid', description: 'id of the record' }) },
  { additionalProperties: false },
)
