import type { Kind } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import {
  dropEdit,
  type Edit,
  isAt,
  layersInForce,
  loadEditedSet,
  type PublishTarget,
  requireKind,
  saveEdit,
} from '../../catalog/index.ts'
import { message, RequestError } from '../../errors.ts'
import { localeOf } from '../locale.ts'
import { metaSchema } from '../meta-schema.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { answerSet, setId } from './meta-change-sets.ts'
import { unknownComponent } from './meta-definitions.ts'

const closed = { additionalProperties: false } as const
const EditParams = Type.Object(
  { id: Type.String(), kind: Type.String(), name: Type.String() },
  closed,
)
const Yes = Type.Union([Type.Literal('1'), Type.Literal('true')])

/** The edits of a change set: for those who may customize. */
export function editRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { db, schema: tenant } = services.target
  routes.put(
    '/api/v1/meta/changesets/:id/:kind/:name',
    metaSchema('Put one definition', {
      params: EditParams,
      body: Type.Record(Type.String(), Type.Unknown()),
    }),
    async (request) => putEdit(services, request, 'put'),
  )
  routes.delete(
    '/api/v1/meta/changesets/:id/:kind/:name',
    metaSchema(
      'Remove one definition; with `undo` take the edit back; with `reset` go back to the value of the package',
      {
        params: EditParams,
        querystring: Type.Object({ undo: Type.Optional(Yes), reset: Type.Optional(Yes) }, closed),
      },
    ),
    async (request, reply) => {
      const { undo, reset } = request.query as { undo?: string; reset?: string }
      if (reset !== undefined) return resetEdit(services, request)
      if (undo === undefined) return putEdit(services, request, 'delete')
      const { kind, name } = request.params as { kind: string; name: string }
      await dropEdit(db, tenant, setId(request), requireKind(kind), name)
      return reply.code(204).send()
    },
  )
}

async function putEdit(
  services: Services,
  request: FastifyRequest,
  op: 'put' | 'delete',
): Promise<unknown> {
  const { kind, name } = request.params as { kind: string; name: string }
  const known = requireKind(kind)
  if (op === 'delete') await requireKnown(services.target, setId(request), known, name)
  return keepEdit(services, request, { kind: known, name, op, definition: request.body })
}

/** Puts the vendor's definition: nothing of the customer's is left on it. @throws RequestError conflict if it is of no package */
async function resetEdit(services: Services, request: FastifyRequest): Promise<unknown> {
  const { target } = services
  const { kind: word, name } = request.params as { kind: string; name: string }
  const kind = requireKind(word)
  const { packaged } = await layersInForce(target.db, target.schema)
  const vendor = packaged.find(isAt(kind, name))
  if (!vendor) {
    await requireKnown(target, setId(request), kind, name)
    throw new RequestError('conflict', {
      detail: message(
        'This is your own: there is no value of a package to go back to',
        '这是自定义组件，没有可恢复的出厂值',
      ),
    })
  }
  return keepEdit(services, request, { kind, name, op: 'put', definition: vendor.definition })
}

/** Keeps an edit in the change set of the request, and answers it with what is wrong with it. */
export async function keepEdit(
  services: Services,
  request: FastifyRequest,
  edit: Edit,
): Promise<unknown> {
  const { target } = services
  const context = services.contextOf(request)
  const { kind, name } = edit
  await saveEdit(target.db, target.schema, setId(request), edit, context.now)
  const set = await answerSet(target, context, setId(request), localeOf(request))
  return set.items.find((item) => item.kind === kind && item.name === name)
}

async function requireKnown(
  target: PublishTarget,
  id: string,
  kind: Kind,
  name: string,
): Promise<void> {
  const { edits, current } = await loadEditedSet(target, id)
  const isKnown =
    current(kind, name) !== undefined ||
    edits.some((edit) => edit.kind === kind && edit.name === name)
  if (!isKnown) throw unknownComponent(kind, name, [])
}
