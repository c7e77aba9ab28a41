import { isRecordId, type Locale } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import type { Context } from '../../access/context.ts'
import {
  closeChangeSet,
  createChangeSet,
  listChangeSets,
  loadEditedSet,
  loadJobOfSet,
  type PublishTarget,
} from '../../catalog/index.ts'
import { RequestError } from '../../errors.ts'
import { localeOf } from '../locale.ts'
import { wireChangeSet } from '../meta-answers.ts'
import { metaSchema } from '../meta-schema.ts'
import { nameUsers } from '../name-users.ts'
import { answerPublish } from '../publish-answers.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
/** The change set of an address. */
export const SetParams = Type.Object({ id: Type.String() }, closed)
/** What a change set or a release is called. */
export const LabelBody = Type.Union([
  Type.Null(),
  Type.Object({ label: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) }, closed),
])

/** Change sets, from when they are opened to when they are discarded: for those who may customize. */
export function changeSetRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  const { db, schema: tenant } = target
  routes.post(
    '/api/v1/meta/changesets',
    metaSchema('Open a change set', { body: LabelBody }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const label = (request.body as { label?: string } | null)?.label ?? context.actor.name
      const made = await createChangeSet(db, tenant, {
        label,
        release: context.release.number,
        by: context.actor.userId,
        now: context.now,
      })
      return reply
        .code(201)
        .header('location', `/api/v1/meta/changesets/${made.id}`)
        .send(await answerSet(target, context, made.id, localeOf(request)))
    },
  )
  routes.get('/api/v1/meta/changesets', metaSchema('Open change sets'), async (request) => {
    const context = services.contextOf(request)
    const sets = await listChangeSets(db, tenant)
    const nameUser = await nameUsers(
      context,
      sets.map((set) => set.createdBy),
    )
    return {
      change_sets: sets.map((set) => ({
        ...wireChangeSet({
          set,
          edits: [],
          problems: [],
          current: () => null,
          nameUser,
          locale: localeOf(request),
        }),
        items: undefined,
        problems: undefined,
      })),
    }
  })
  routes.get(
    '/api/v1/meta/changesets/:id',
    metaSchema('One change set with its edits', { params: SetParams }),
    async (request) => {
      const [context, id, locale] = [services.contextOf(request), setId(request), localeOf(request)]
      const job = await loadJobOfSet(db, tenant, id)
      return {
        ...(await answerSet(target, context, id, locale)),
        publish: job ? await answerPublish(services, context, job, locale) : null,
      }
    },
  )
  routes.delete(
    '/api/v1/meta/changesets/:id',
    metaSchema('Discard a change set', { params: SetParams }),
    async (request, reply) => {
      await closeChangeSet(db, tenant, setId(request), 'discarded', services.contextOf(request).now)
      return reply.code(204).send()
    },
  )
}

/** The id of the change set of a request. @throws RequestError not_found */
export function setId(request: { params: unknown }): string {
  const { id } = request.params as { id: string }
  if (!isRecordId(id)) throw new RequestError('not_found')
  return id
}

/** A change set as it goes over the wire. */
export async function answerSet(
  target: PublishTarget,
  context: Context,
  id: string,
  locale: Locale,
): Promise<ReturnType<typeof wireChangeSet>> {
  const edited = await loadEditedSet(target, id)
  const nameUser = await nameUsers(context, [edited.set.createdBy])
  return wireChangeSet({ ...edited, nameUser, locale })
}
