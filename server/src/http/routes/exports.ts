import { Readable } from 'node:stream'

import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { exportRecords } from '../../exports/export-records.ts'
import { findObject } from '../../query/index.ts'
import { inAskedLanguage } from '../locale.ts'
import { QueryBody } from '../record-queries.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const { where, sort, view, q, select } = QueryBody.properties
const ExportBody = Type.Object(
  {
    object: Type.String({ maxLength: 200 }),
    columns: select,
    header: Type.Optional(
      Type.Unsafe<'name' | 'label'>({
        type: 'string',
        enum: ['name', 'label'],
        description:
          'name: API names, codes and ids, which an import reads back; label: as people say it. label if left out',
      }),
    ),
    where,
    sort,
    view,
    q,
  },
  { additionalProperties: false },
)

/** Records of a list as a file. */
export function exportRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const config = {
    policy: 'signed_in',
    surface: 'exports',
    keepsAnswer: false,
    perMinute: 30,
  } as const
  const schema = { summary: 'Export a list as CSV', tags: ['exports'], body: ExportBody }
  typedRoutes(app).post('/api/v1/exports', { config, schema }, async (request, reply) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const { object: name, columns, header = 'label', ...query } = request.body
    const object = findObject(context, name)
    const asked = { query, filters: [], failures: [] }
    const pieces = exportRecords(context, { object, asked, columns, header, cursorKey })
    // What is wrong with the request is said before the file begins.
    const first = await pieces.next()
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${object.name}.csv"`)
      .send(Readable.from(withFirst(first, pieces)))
  })
}

async function* withFirst(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done !== true) yield first.value
  yield* rest
}
