import { type HistoryEntry, localize, type SharePrincipalType } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { nameReferences } from './name-references.ts'

/** With whom something is shared, by id, or by the name of a role. */
export interface NamedPrincipal {
  type: SharePrincipalType
  id: string
}

/** The objects whose records are principals; the others are roles. */
export const PRINCIPAL_OBJECTS: Readonly<Partial<Record<SharePrincipalType, string>>> = {
  user: 'user',
  department: 'department',
  department_and_below: 'department',
  group: 'user_group',
}

/** The names of principals, as far as the reader may see them. */
export async function namePrincipals(
  context: Context,
  principals: readonly NamedPrincipal[],
): Promise<(principal: NamedPrincipal) => string | null> {
  const references = principals.flatMap(({ type, id }) => {
    const object = PRINCIPAL_OBJECTS[type]
    return object === undefined ? [] : [{ object, id }]
  })
  const names = await nameReferences(context, references)
  return ({ type, id }) => {
    const object = PRINCIPAL_OBJECTS[type]
    if (object !== undefined) return names(object, id)
    const role = context.release.model.roles.get(id)
    return role ? localize(role.label, context.actor.locale, id) : null
  }
}

/** What history keeps of a share. */
interface KeptShare {
  principal: NamedPrincipal
}

/** Lines of history in which those with whom the record was shared have their names. */
export async function nameSharesOf(
  context: Context,
  entries: readonly HistoryEntry[],
): Promise<HistoryEntry[]> {
  const isOfShare = ({ action }: HistoryEntry): boolean =>
    action === 'shared' || action === 'unshared'
  const shares = entries
    .filter(isOfShare)
    .flatMap((entry) => [entry.old, entry.new].filter(isKeptShare))
  if (shares.length === 0) return [...entries]
  const nameOf = await namePrincipals(
    context,
    shares.map(({ principal }) => principal),
  )
  const named = (value: unknown): unknown =>
    isKeptShare(value)
      ? { ...value, principal: { ...value.principal, name: nameOf(value.principal) } }
      : value
  return entries.map((entry) =>
    isOfShare(entry) ? { ...entry, old: named(entry.old), new: named(entry.new) } : entry,
  )
}

function isKeptShare(value: unknown): value is KeptShare {
  return typeof value === 'object' && value !== null && 'principal' in value
}
