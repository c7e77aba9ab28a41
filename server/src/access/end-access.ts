import type { Queryable } from '../db/index.ts'
import { revokeKeys } from './api-keys.ts'
import { dropTokens } from './one-time-tokens.ts'
import { endSessions } from './sessions.ts'
import type { UserOf } from './sign-in.ts'

/**
 * Ends everything with which a user, or whoever has taken something of theirs, is in: sessions (but for the
 * one whose token is `except`), API keys, and tokens that would let in. Other servers follow within a second.
 */
export async function endAccess(
  db: Queryable,
  user: UserOf & { readonly except?: string | undefined },
): Promise<void> {
  await endSessions(db, user)
  await revokeKeys(db, user)
  await dropTokens(db, user)
}
