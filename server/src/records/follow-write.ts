import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { ORGANIZATION_SOURCES, touchOrganization } from '../access/load-organization.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { auditRights, auditTransfers } from './audit-changes.ts'
import { endAccessOfInactive } from './end-access-of-users.ts'
import { followRates } from './follow-rates.ts'
import { keepAdministrator } from './keep-administrator.ts'
import { refuseCircles } from './refuse-circles.ts'

/**
 * What follows from records being written, in the same transaction: what was shared by hand ends with the owner who
 * shared it, whoever becomes the owner is no member of the team any more, trees stay trees, somebody can still
 * administer, who is made inactive is out, amounts
 * follow their exchange rates, and every process learns that who belongs where has changed.
 * @throws RequestError validation_failed · conflict
 */
export async function followWrite(
  context: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  const given = changes.filter((change) => change.op === 'update' && hasNewOwner(change))
  await endShares(context, given)
  await refuseCircles(context, changes)
  await followRates(context, changes)
  if (changes.some(({ object }) => ORGANIZATION_SOURCES.has(object.name))) {
    await touchOrganization(context.tx, context.release)
  }
  auditRights(context, changes)
  auditTransfers(context, given)
  await keepAdministrator(context, changes)
  await endAccessOfInactive(context, changes)
}

function hasNewOwner(change: RecordChange): boolean {
  return changedFields(change).includes('owner')
}

async function endShares(
  { tx, release }: WriteContext,
  given: readonly RecordChange[],
): Promise<void> {
  if (given.length === 0) return
  const records = given.map(({ id }) => id)
  const owners = given.map(({ after }) => `user:${String(after['owner'])}`)
  await tx.execute(sql`
    delete from ${release.physical.systemTable('_share')} as s
    using unnest(${records}::uuid[], ${owners}::text[]) as g (record, owner)
    where s.record = g.record and (s.cause = 'manual' or s.principal = g.owner)`)
}
