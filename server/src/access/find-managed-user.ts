import { message, RequestError } from '../errors.ts'
import type { Actor } from './actor.ts'
import type { Context } from './context.ts'
import { loadActor } from './load-actor.ts'

/**
 * The user, if the caller may manage them: whoever may do more than the caller is not theirs to take over.
 * @throws RequestError not_found · forbidden
 */
export async function findManagedUser(
  { db, release, actor }: Context,
  userId: string,
): Promise<Actor> {
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
  return user
}
