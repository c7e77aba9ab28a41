import type { ShareCause, SharedAccess } from '@trellis/metamodel'
import { sql } from 'kysely'

import { recordAudit } from '../audit/index.ts'
import type { Database } from '../db/index.ts'
import type { Release } from '../schema/release.ts'

/** So long the shares that have ended are kept: whoever shared can still see and prolong them. */
const KEPT_DAYS = 90
const AT_ONCE = 1000

interface EndedShare {
  object: string
  record: string
  principal: string
  cause: ShareCause
  access: SharedAccess
  expiresAt: string
}

/**
 * Removes shares long after their end, which opens and closes nothing: an ended share opens nothing anyway. Each is
 * told to the audit log. Processes that do it at the same time remove different ones.
 *
 * @returns how many were removed
 */
export async function purgeShares(db: Database, { physical }: Release, now: Date): Promise<number> {
  for (let purged = 0; ; purged += AT_ONCE) {
    const ended = await db.inTransaction(async (tx) => {
      const table = physical.systemTable('_share')
      const rows = await tx.query(sql<EndedShare>`
        delete from ${table} where id in (
          select id from ${table}
          where expires_at < ${now.toISOString()}::timestamptz - make_interval(days => ${KEPT_DAYS})
          order by expires_at limit ${AT_ONCE} for update skip locked)
        returning object, record, principal, cause, access, expires_at as "expiresAt"`)
      recordAudit(
        tx,
        ...rows.map(({ object, record, expiresAt, principal, cause, access }) => ({
          schema: physical.names.schema,
          at: now,
          actor: null,
          by: 'system' as const,
          address: null,
          action: 'share_changed' as const,
          object,
          record,
          details: { old: { principal, cause, access }, new: null, ended: expiresAt },
        })),
      )
      return rows.length
    })
    if (ended < AT_ONCE) return purged + ended
  }
}
