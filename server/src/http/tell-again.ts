import { isRecordId } from '@trellis/metamodel'
import type { FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'
import type { ToldThing } from '../access/kept-answers.ts'
import { RequestError } from '../errors.ts'
import { getRecord, loadApproval } from '../query/index.ts'
import { isVisible } from '../query/visible-record.ts'
import { inAskedLanguage } from './locale.ts'

/** An answer that is read anew. */
export interface ToldAgain {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What a repeat is answered in place of what was kept: the record or approval as its caller may see it now.
 *
 * @throws RequestError `not_found` for an approval that they may not see any more
 */
export async function tellAgain(
  request: FastifyRequest,
  context: Context,
  thing: ToldThing,
): Promise<ToldAgain> {
  if ('approval' in thing) {
    const found = await loadApproval(inAskedLanguage(request, context), thing.approval)
    if (!found) throw new RequestError('not_found')
    return { body: JSON.stringify(found), headers: {} }
  }
  const { object: name, id, version } = thing.record
  const object = context.release.model.objects.get(name)
  const found = object && (await getRecord(context, object, { id }))
  // Whoever made a record but may not see it knows its id, no more.
  if (!found) return { body: JSON.stringify({ id, version }), headers: {} }
  return { body: found.json, headers: { etag: `"${found.version}"` } }
}

/**
 * Of what is told about a record as it was kept, nothing is told to those who may not see the record any more.
 *
 * @throws RequestError `not_found`
 */
export async function requireStillVisible(
  { params }: FastifyRequest,
  context: Context,
): Promise<void> {
  const { object: name, id }: { object?: unknown; id?: unknown } = Object(params)
  const object = typeof name === 'string' ? context.release.model.objects.get(name) : undefined
  if (!object || typeof id !== 'string' || !isRecordId(id)) return
  if (!(await isVisible(context, object, id.toLowerCase()))) throw new RequestError('not_found')
}
