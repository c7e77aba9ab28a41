import { isTimeZone, LOCALES, type Locale } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { loadActor } from '../../access/load-actor.ts'
import { message, refuse, RequestError } from '../../errors.ts'
import { performOne } from '../../records/perform.ts'
import { sessionOf, type SignInParts } from '../enter.ts'
import { loadMe } from '../load-me.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { MeSchema } from '../wire-schemas.ts'

const MeBody = Type.Object(
  {
    locale: Type.Optional(Type.Unsafe<Locale>({ type: 'string', enum: [...LOCALES] })),
    time_zone: Type.Optional(
      Type.String({ maxLength: 60, description: 'An IANA name, such as Asia/Shanghai' }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
)

/** Who one is, and how one wants to be spoken to. */
export function meRoutes(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const routes = typedRoutes(app)
  const tags = ['auth']
  const response = { 200: MeSchema }
  const asked = { summary: 'Who is signed in', tags, response }
  routes.get(
    '/api/v1/me',
    { config: { policy: 'at_the_door', surface: 'auth' }, schema: asked },
    async (request) => loadMe(services, services.contextOf(request).actor, request.session),
  )

  const changed = {
    summary: 'Change the own language and time zone',
    description: 'In a session; all else about a user is changed by whoever manages users.',
    tags,
    body: MeBody,
    response,
  }
  routes.patch(
    '/api/v1/me',
    { config: { policy: 'signed_in', surface: 'auth' }, schema: changed },
    async (request) => {
      const session = sessionOf(request)
      const { userId, tenant } = session
      const { db, release, ...context } = services.contextOf(request)
      checkWishes(request.body, release.model.objects.get('user')?.fields ?? new Map())
      await performOne(
        { db, release, ...context },
        { op: 'update', as: 'system', object: 'user', id: userId, values: request.body },
      )
      parts.identities.actors.forget()
      const actor = await loadActor(db, release, { tenant, userId, by: 'session' })
      if (!actor) throw new RequestError('not_signed_in')
      return loadMe(services, actor, session)
    },
  )
}

function checkWishes(
  wishes: { readonly locale?: Locale; readonly time_zone?: string },
  fields: ReadonlyMap<string, unknown>,
): void {
  for (const name of Object.keys(wishes)) {
    if (fields.has(name)) continue
    throw refuse('unknown_field', name, message('Users have no such field', '用户没有该字段'))
  }
  if (wishes.time_zone === undefined || isTimeZone(wishes.time_zone)) return
  throw refuse('validation_failed', 'time_zone', message('No such time zone', '没有这个时区'))
}
