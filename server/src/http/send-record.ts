import type { ObjectModel } from '@trellis/metamodel'
import type { FastifyReply, FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'
import { getRecord } from '../query/get-record.ts'
import { sendWritten, wantsMinimal } from './send-written.ts'

/** Answers a write with the record as its caller may see it now; a repeat is told it anew. */
export async function sendRecord(
  [request, reply]: readonly [FastifyRequest, FastifyReply],
  context: Context,
  object: ObjectModel,
  { status, id, version }: { status: 200 | 201; id: string; version: number },
): Promise<FastifyReply> {
  void reply.header('etag', `"${version}"`)
  if (status === 201) void reply.header('location', `/api/v1/records/${object.name}/${id}`)
  if (wantsMinimal(request)) return sendWritten(request, reply, { status, body: undefined })
  request.tells = { record: { object: object.name, id, version } }
  const found = await getRecord(context, object, { id })
  // Whoever may make a record but not see it learns its id, no more.
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(String)
    .send(found?.json ?? JSON.stringify({ id, version }))
}
