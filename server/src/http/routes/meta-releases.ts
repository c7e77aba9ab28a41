import type { WireDrift, WireRelease } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { callerOf } from '../../audit/index.ts'
import { examineTables, listReleases, rollBack } from '../../catalog/index.ts'
import { localeOf } from '../locale.ts'
import { wireChange } from '../meta-answers.ts'
import { metaSchema } from '../meta-schema.ts'
import { nameUsers } from '../name-users.ts'
import { sendPublished } from '../publish-answers.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const ReleaseParams = Type.Object({ release: Type.String({ pattern: '^\\d{1,9}$' }) }, closed)
const Nothing = Type.Union([Type.Null(), Type.Object({}, closed)])

/** What was published, and the way back to it. */
export function releaseRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  routes.get('/api/v1/meta/releases', metaSchema('The releases, newest first'), async (request) => {
    const context = services.contextOf(request)
    const releases = await listReleases(target.db, target.schema, 200)
    const nameUser = await nameUsers(
      context,
      releases.map((one) => one.publishedBy),
    )
    return {
      releases: releases.map((one): WireRelease => ({
        release: one.number,
        label: one.label,
        published_at: one.publishedAt,
        published_by: nameUser(one.publishedBy),
        changes: one.changes.map((change) => wireChange(change, localeOf(request))),
        ...(one.rolledBackTo === null ? {} : { rolled_back_to: one.rolledBackTo }),
      })),
    }
  })
  routes.get(
    '/api/v1/meta/drift',
    {
      ...metaSchema('What somebody has changed of the tables past the metadata'),
      config: { policy: 'customize', surface: 'meta', perMinute: 30 } as const,
    },
    async (request) => {
      const { release, db } = services.contextOf(request)
      const found = await examineTables(db, target.schema, release)
      const locale = localeOf(request)
      return {
        drift: found.map(({ code, place, message, mend }): WireDrift => ({
          code,
          place,
          message: message[locale],
          mend: mend ?? null,
        })),
      }
    },
  )
  routes.post(
    '/api/v1/meta/releases/:release/rollback',
    metaSchema('Publish an older release anew', { params: ReleaseParams, body: Nothing }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const number = Number((request.params as { release: string }).release)
      const done = await rollBack({ ...target, db: context.db }, number, {
        by: context.actor.userId,
        now: context.now,
        caller: callerOf(context),
        publisher: context,
        locale: localeOf(request),
      })
      return sendPublished(services, request, reply, done)
    },
  )
}
