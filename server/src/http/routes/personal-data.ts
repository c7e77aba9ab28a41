import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { openFileStore } from '../../files/index.ts'
import { erasePersonalData } from '../../records/erase-personal-data.ts'
import { RecordParams } from '../record-queries.ts'
import { expectedVersion, requireId, requireObject, withCurrentRecord } from '../record-requests.ts'
import { sendRecord } from '../send-record.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const Empty = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })])

const DESCRIPTION = `Empties the fields that are marked as personal data (a text that must not be empty gets another one), of the
record and of those that were merged into it, and removes what is kept of them. Takes the system permission \`erase\` besides
the right to edit the record. Nothing brings them back.`

/** Taking the personal data out of a record that stays. */
export function personalDataRoutes(app: FastifyInstance, services: Services): void {
  const store = openFileStore(services.config)
  typedRoutes(app).post(
    '/api/v1/records/:object/:id/erase-personal-data',
    {
      config: { policy: 'signed_in', surface: 'records' },
      schema: {
        summary: 'Erase the personal data of a record',
        description: DESCRIPTION,
        tags: ['records'],
        params: RecordParams,
        body: Empty,
      },
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const object = requireObject(context, request.params.object)
      const id = requireId(request.params.id)
      try {
        const record = { id, ...expectedVersion(request) }
        const { files, ...written } = await erasePersonalData(context, object, record)
        // What a crash leaves here goes with the next sweep: no row tells of it.
        for (const file of files) await store.remove(file)
        return await sendRecord([request, reply], context, object, { status: 200, ...written })
      } catch (error) {
        throw await withCurrentRecord(context, object, id, error)
      }
    },
  )
}
