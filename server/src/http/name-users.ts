import type { Context } from '../access/context.ts'
import { nameReferences } from '../query/name-references.ts'

/** A user by their id, with the name as far as the caller may know it; null for nobody. */
export type NameUser = (id: string | null) => { id: string; name: string | null } | null

/** Finds the names of users for answers that say who did something. */
export async function nameUsers(
  context: Context,
  ids: readonly (string | null)[],
): Promise<NameUser> {
  const users = ids.flatMap((id) => (id === null ? [] : [{ object: 'user', id }]))
  const nameOf = await nameReferences(context, users)
  return (id) => (id === null ? null : { id, name: nameOf('user', id) })
}
