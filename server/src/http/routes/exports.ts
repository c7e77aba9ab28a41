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
    format: Type.Optional(
      Type.Unsafe<'csv' | 'xlsx'>({
        type: 'string',
        enum: ['csv', 'xlsx'],
        description:
          'csv if left out; xlsx: with numbers, days and moments as spreadsheets have them',
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
  const schema = { summary: 'Export a list as CSV or XLSX', tags: ['exports'], body: ExportBody }
  typedRoutes(app).post('/api/v1/exports', { config, schema }, async (request, reply) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const { object: name, columns, header = 'label', format = 'csv', ...query } = request.body
    const object = findObject(context, name)
    const asked = { query, filters: [], failures: [] }
    const file = { object, asked, columns, header, format, cursorKey }
    const { type, content } = await exportRecords(context, file)
    return reply
      .type(type)
      .header('content-disposition', `attachment; filename="${object.name}.${format}"`)
      .send(content)
  })
}
