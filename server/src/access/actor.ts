import { type Locale, type Rights, unlimitedRights } from '@trellis/metamodel'

import { NO_ORGANIZATION, type Organization, type Reach } from './organization.ts'

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
  /** Who belongs where, and what that opens to the actor. */
  organization: Organization
  reach: Reach
  /** Names everything that decides what a statement for this actor looks like: equal within a release, equal texts. */
  accessSignature: string
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

/** What may be done when no person's rights are asked: everything, restricted by no rule. */
export function houseAccess(
  userId: string,
): Pick<Actor, 'rights' | 'organization' | 'reach' | 'accessSignature'> {
  return {
    rights: unlimitedRights(),
    organization: NO_ORGANIZATION,
    reach: NO_ORGANIZATION.reachOf(userId),
    accessSignature: '*',
  }
}
