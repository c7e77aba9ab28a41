import type { ModelChange } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import type { Finding } from './obstacle.ts'

/** Approvals that began under the version of a process that goes. */
export async function findRunningApprovals(
  tx: Transaction,
  asked: { physical: PhysicalMap },
  change: ModelChange,
): Promise<Finding[]> {
  const [row] = await tx.query<{ total: number }>(sql`
    select count(*)::int as total from ${asked.physical.systemTable('_approval')} where process = ${change.name} and status = 'pending'`)
  if (!row?.total) return []
  return [
    {
      code: 'running_approvals',
      severity: 'warning',
      kind: change.kind,
      name: change.name,
      count: row.total,
      message: message(
        `${row.total} running approvals finish under the version with which they began`,
        `${row.total} 个进行中的审批将按其开始时的版本继续`,
      ),
    },
  ]
}
