import type { Model, ModelChange } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import { type Asked, type Finding, samplesOf } from './obstacle.ts'

/** Records that are above themselves by a reference that must not lead back to where it began from now on. */
export async function findCircles(
  tx: Transaction,
  asked: Asked & { current: Model },
  change: ModelChange,
): Promise<Finding[]> {
  const [object = '', name = ''] = change.name.split('.')
  const { plan, current, physical } = asked
  const was = current.objects.get(object)?.fields.get(name)
  const field = plan.model.objects.get(object)?.fields.get(name)
  const isNew = field?.definition.acyclic === true && was?.definition.acyclic !== true
  if (!isNew || was?.target !== object) return []
  const table = physical.table(object)
  const above = physical.column(object, name, 'up')
  const where = sql`t.id in (
    with recursive way (start, at) as (
      select up.id, ${above} from ${table} as up where ${above} is not null
      union
      select way.start, ${above} from way join ${table} as up on up.id = way.at where ${above} is not null
    ) select start from way where start = at)`
  const found = await samplesOf(tx, asked, [object, name], { where })
  if (found.count === 0) return []
  return [
    {
      code: 'circle',
      severity: 'error',
      kind: 'field',
      name: change.name,
      ...found,
      message: message(
        `${found.count} records are above themselves: change them first`,
        `${found.count} 条记录成为了自己的上级：请先修改这些记录`,
      ),
    },
  ]
}
