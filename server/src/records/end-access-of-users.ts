import type { WriteContext } from '../access/context.ts'
import { endAccess } from '../access/end-access.ts'
import type { RecordChange } from '../effects/record-change.ts'

/** Whoever is made inactive is out at once, for good: made active again, they sign in anew and make new keys. */
export async function endAccessOfInactive(
  context: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  const left = changes.filter(
    ({ object, op, after }) =>
      object.name === 'user' && op === 'update' && after['active'] === false,
  )
  await endAccessOf(
    context,
    left.map(({ id }) => id),
  )
}

/** Ends the sessions and keys of users, in the transaction in which they go. */
export async function endAccessOf(
  { tx, actor: { tenant } }: WriteContext,
  users: readonly string[],
): Promise<void> {
  for (const userId of users) await endAccess(tx, { tenant, userId })
}
