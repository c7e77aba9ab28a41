import { isRecordId, type NewShare, type SharePrincipalType } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { failure, type Failure, message } from '../errors.ts'
import { PRINCIPAL_OBJECTS } from '../query/name-principals.ts'
import { isVisible } from '../query/visible-record.ts'

/** What stands against sharing with somebody: they are not there for the caller, or cannot sign in. */
export async function checkPrincipal(
  context: Context,
  { type, id }: NewShare['principal'],
): Promise<Failure | undefined> {
  const name = PRINCIPAL_OBJECTS[type]
  const { objects, roles } = context.release.model
  if (name === undefined) {
    return roles.has(id)
      ? undefined
      : unknown(message(`There is no role "${id}"`, `没有角色“${id}”`))
  }
  const object = objects.get(name)
  const isThere =
    object !== undefined &&
    isRecordId(id) &&
    context.actor.rights.object(name).read &&
    (await isVisible(context, object, id.toLowerCase()))
  if (!isThere) {
    return unknown(message(`There is no ${NOUN[type].en} "${id}"`, `没有${NOUN[type].zh}“${id}”`))
  }
  return type === 'user' ? checkPerson(context, id.toLowerCase()) : undefined
}

const NOUN: Readonly<Record<SharePrincipalType, { en: string; zh: string }>> = {
  user: { en: 'user', zh: '用户' },
  role: { en: 'role', zh: '角色' },
  role_and_below: { en: 'role', zh: '角色' },
  department: { en: 'department', zh: '部门' },
  department_and_below: { en: 'department', zh: '部门' },
  group: { en: 'group', zh: '用户组' },
}

function checkPerson({ actor }: Context, id: string): Failure | undefined {
  const user = actor.organization.user(id)
  if (user?.isQueue === true) {
    return refused('not_a_person', message('A queue cannot see records', '队列不能被共享'))
  }
  if (user?.isActive !== false) return undefined
  return refused('inactive', message('This user is not active', '该用户已停用'))
}

function unknown(text: Failure['message']): Failure {
  return refused('unknown_reference', text)
}

function refused(code: string, text: Failure['message']): Failure {
  return failure('principal', code, text)
}
