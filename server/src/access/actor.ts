import type { Locale, Rights } from '@trellis/metamodel'

/** Who acts: a signed-in user, or the holder of one of their keys, with what they may do in this release. */
export interface Actor {
  userId: string
  tenant: string
  name: string
  email: string
  role: string | null
  departmentId: string | null
  managerId: string | null
  permissionSets: readonly string[]
  rights: Rights
  locale: Locale
  timeZone: string
  /** How they signed in. */
  by: 'session' | 'api_key' | 'system'
  /** The permission set within which the key of an API caller acts. */
  within?: string
}

/** The user as expressions see it: `$user.id`, `$user.role`, `$user.department`, `$user.name`, `$user.email`. */
export function userValues(
  actor: Actor,
): Record<'id' | 'role' | 'department' | 'name' | 'email' | 'manager', string | null> {
  return {
    id: actor.userId,
    role: actor.role,
    department: actor.departmentId,
    name: actor.name,
    email: actor.email,
    manager: actor.managerId,
  }
}
