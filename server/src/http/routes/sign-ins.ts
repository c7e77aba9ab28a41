import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import type { Actor } from '../../access/actor.ts'
import type { Context } from '../../access/context.ts'
import { loadActor } from '../../access/load-actor.ts'
import { checkPassword, makeOneTimePassword } from '../../access/passwords.ts'
import { createSignIn } from '../../access/sign-in.ts'
import { message, refuse, RequestError } from '../../errors.ts'
import type { Identities } from '../authenticate.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'
import { SignInSchema } from '../wire-schemas.ts'

const SignInBody = Type.Union([
  Type.Null(),
  Type.Object(
    { password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })) },
    { additionalProperties: false },
  ),
])

/** Letting users sign in: a record of a user alone does not. */
export function signInRoutes(
  app: FastifyInstance,
  services: Services,
  { sessions }: Identities,
): void {
  const schema = {
    summary: 'Let a user sign in, or reset their password',
    description:
      'Without a password, answers with a one-time password. Ends the sessions of the user.',
    tags: ['auth'],
    params: IdParams,
    body: SignInBody,
    response: { 200: SignInSchema },
  }
  const config = { policy: 'manage_users', surface: 'users' } as const
  typedRoutes(app).post('/api/v1/users/:id/sign-in', { config, schema }, async (request) => {
    const context = services.contextOf(request)
    const user = await findManagedUser(context, request.params.id)
    const { tenant, userId, email } = user
    const chosen = request.body?.password
    const failures = chosen === undefined ? [] : checkPassword(chosen, { path: 'password', email })
    if (failures.length > 0) throw new RequestError('validation_failed', { failures })
    const password = chosen ?? makeOneTimePassword()
    await createSignIn(context.db, { tenant, userId, email, password, mustChange: true })
    await sessions.endAllOf(tenant, userId)
    return { email, ...(chosen === undefined ? { one_time_password: password } : {}) }
  })
}

/** The user, if the caller may manage them: whoever may do more than the caller is not theirs to take over. */
async function findManagedUser({ db, release, actor }: Context, userId: string): Promise<Actor> {
  const user = await loadActor(db, release, { tenant: actor.tenant, userId, by: 'system' })
  if (user === undefined) throw new RequestError('not_found')
  const beyond = [...user.rights.system].filter((right) => !actor.rights.system.has(right))
  if (beyond.length > 0) {
    throw new RequestError('forbidden', {
      detail: message(
        `The user has permissions that you do not have: ${beyond.join(', ')}`,
        `该用户拥有您没有的权限：${beyond.join('、')}`,
      ),
    })
  }
  if (user.email !== '') return user
  throw refuse('validation_failed', 'email', message('The user has no e-mail', '该用户没有邮箱'))
}
