import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { mergeRecords } from '../../records/merge-records.ts'
import { RecordParams } from '../record-queries.ts'
import { expectedVersion, requireId, requireObject, withCurrentRecord } from '../record-requests.ts'
import { sendRecord } from '../send-record.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const RecordId = Type.String({ format: 'uuid' })
const MergeBody = Type.Object(
  {
    merge: Type.Array(
      Type.Object({ id: RecordId, version: Type.Optional(Type.Integer({ minimum: 1 })) }, closed),
      { minItems: 1, maxItems: 2, description: 'The records that the one of the address takes in' },
    ),
    fields: Type.Optional(
      Type.Record(Type.String(), RecordId, {
        description: 'Fields whose value is taken from another of the records, by its id',
      }),
    ),
  },
  closed,
)

/** Making one record of several that are about the same thing. */
export function mergeRoutes(app: FastifyInstance, services: Services): void {
  typedRoutes(app).post(
    '/api/v1/records/:object/:id/merge',
    {
      config: { policy: 'signed_in', surface: 'records' },
      schema: {
        summary: 'Merge up to two other records into this one',
        tags: ['records'],
        params: RecordParams,
        body: MergeBody,
      },
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const object = requireObject(context, request.params.object)
      const id = requireId(request.params.id)
      const { merge, fields = {} } = request.body
      const merged = merge.map((one) => ({ ...one, id: requireId(one.id) }))
      const taken = Object.entries(fields).map(([name, from]) => [name, from.toLowerCase()])
      try {
        const written = await mergeRecords(context, object, {
          survivor: { id, ...expectedVersion(request) },
          merged,
          fields: Object.fromEntries(taken),
        })
        return await sendRecord([request, reply], context, object, { status: 200, ...written })
      } catch (error) {
        throw await withCurrentRecord(context, object, id, error)
      }
    },
  )
}
