import { isRecordId, type ObjectModel } from '@trellis/metamodel'
import type { FastifyReply, FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'
import { message, RequestError } from '../errors.ts'
import { findSurvivors } from '../query/find-survivors.ts'
import { isVisible } from '../query/visible-record.ts'
import { withCurrentRecord } from './record-requests.ts'

/** A record that was merged, and the one that its id leads to. */
interface Led {
  context: Context
  object: ObjectModel
  from: string
  to: string
}

/**
 * What a request is answered whose address names a record that was merged: 308 with the address of the record that is
 * left (RFC 9110, 15.4.9). A write that asks for a version finds another one; to delete takes the id itself.
 * Undefined if the record was not merged, or the caller may not see what is left of it.
 *
 * @throws RequestError stale_version, with the record that is left · conflict
 */
export async function leadOn(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const led = await findLed(request)
  if (led === undefined) return undefined
  const { context, object, from, to } = led
  if (request.method === 'DELETE') {
    throw new RequestError('conflict', {
      detail: message(
        'This record was merged into another one; delete that one by its own id',
        '该记录已合并到其他记录，请使用合并后记录的 id 删除',
      ),
    })
  }
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead && request.headers['if-match'] !== undefined) {
    throw await withCurrentRecord(context, object, to, new RequestError('stale_version'))
  }
  const [path = '', ...query] = request.url.split('?')
  const parts = path.split('/').map((part) => (part.toLowerCase() === from ? to : part))
  return reply
    .code(308)
    .header('location', [parts.join('/'), ...query].join('?'))
    .send()
}

async function findLed({ callContext, params, url }: FastifyRequest): Promise<Led | undefined> {
  const { object: name, id }: { object?: unknown; id?: unknown } = Object(params)
  if (callContext === undefined || !url.startsWith('/api/v1/records/')) return undefined
  if (typeof name !== 'string' || typeof id !== 'string' || !isRecordId(id)) return undefined
  const object = callContext.release.model.objects.get(name)
  if (!object || !callContext.actor.rights.object(name).read) return undefined
  const from = id.toLowerCase()
  const survivors = await findSurvivors(callContext.db, callContext.release, object, [from])
  const to = survivors.get(from)
  if (to === undefined || !(await isVisible(callContext, object, to))) return undefined
  return { context: callContext, object, from, to }
}
