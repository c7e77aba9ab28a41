import type { Database } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import { type Actor, houseAccess } from './actor.ts'
import type { Cause, Context } from './context.ts'

/** The house itself as an actor, in the name of a user. */
export function systemActor(userId: string, tenant: string): Actor {
  return {
    userId,
    tenant,
    name: 'Trellis',
    email: '',
    role: null,
    departmentId: null,
    managerId: null,
    permissionSets: [],
    ...houseAccess(userId),
    locale: 'zh-CN',
    timeZone: 'Asia/Shanghai',
    by: 'system',
  }
}

/** A context for work that no request asked for. */
export function systemContext(
  db: Database,
  release: Release,
  userId: string,
  cause: Cause,
): Context {
  const actor = systemActor(userId, release.physical.names.schema)
  return { db, release, actor, now: new Date(), requestId: '', cause }
}
