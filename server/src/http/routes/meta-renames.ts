import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import {
  changeSetClosed,
  dropEdit,
  layersInForce,
  loadChangeSet,
  loadEdits,
  planRename,
  requireKind,
  saveEdit,
} from '../../catalog/index.ts'
import { localeOf } from '../locale.ts'
import { metaSchema } from '../meta-schema.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { answerSet, setId } from './meta-change-sets.ts'

const closed = { additionalProperties: false } as const
const EditParams = Type.Object(
  { id: Type.String(), kind: Type.String(), name: Type.String() },
  closed,
)
const RenameBody = Type.Object({ to: Type.String({ minLength: 1, maxLength: 100 }) }, closed)

/** Giving objects and fields other names, in change sets. */
export function renameRoutes(app: FastifyInstance, services: Services): void {
  typedRoutes(app).post(
    '/api/v1/meta/changesets/:id/rename/:kind/:name',
    metaSchema('Give an object or a field another name, everywhere that it is named', {
      params: EditParams,
      body: RenameBody,
    }),
    async (request) => {
      const [context, id] = [services.contextOf(request), setId(request)]
      await renameIn(services, request, id)
      return answerSet(services.target, context, id, localeOf(request))
    },
  )
}

/** Makes the edits that renaming takes, all of them or none. */
async function renameIn(
  { target, contextOf }: Services,
  request: FastifyRequest,
  id: string,
): Promise<void> {
  const { kind: word, name } = request.params as { kind: string; name: string }
  const { to } = request.body as { to: string }
  const { now } = contextOf(request)
  const { db, schema, fieldTypes } = target
  await db.inTransaction(async (tx) => {
    const set = await loadChangeSet(tx, schema, id, true)
    if (set.status !== 'open') throw changeSetClosed(set)
    const [layers, edits] = [await layersInForce(tx, schema), await loadEdits(tx, schema, id)]
    const order = { kind: requireKind(word), name, to }
    const { put, drop } = await planRename({ layers, edits }, order, fieldTypes)
    for (const one of drop) await dropEdit(tx, schema, id, one.kind, one.name)
    for (const edit of put) await saveEdit(tx, schema, id, edit, now)
  })
}
