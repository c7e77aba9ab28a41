import { sql } from 'kysely'

import { administers, isAdministrator } from '../access/administrators.ts'
import type { WriteContext } from '../access/context.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { message, RequestError } from '../errors.ts'

/**
 * Somebody can always administer. Called after users were written, in the same transaction; those who take rights
 * from each other at the same moment come here one after another, and the second finds that they would be the last.
 * @throws RequestError conflict
 */
export async function keepAdministrator(
  context: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  const { model } = context.release
  const isLess = changes.some(
    ({ object, before, after }) =>
      object.name === 'user' &&
      before !== null &&
      isAdministrator(model, before.values) &&
      !isAdministrator(model, after),
  )
  if (isLess) await requireAdministrator(context)
}

/** The same after users went into the recycle bin. @throws RequestError conflict */
export async function keepAdministratorWithout(
  context: WriteContext,
  deleted: readonly string[],
): Promise<void> {
  const { physical } = context.release
  const [gone] = await context.tx.query(sql`
    select 1 from ${physical.table('user')} where id = any(${[...deleted]}::uuid[]) and ${administers(context.release)} limit 1`)
  if (gone) await requireAdministrator(context)
}

async function requireAdministrator(context: WriteContext): Promise<void> {
  const { physical } = context.release
  // The row that every change of the organization writes; whoever waits here reads what the other has committed.
  await context.tx.execute(sql`select 1 from ${physical.systemTable('_organization')} for update`)
  await requireRelease(context)
  const [left] = await context.tx.query(sql`
    select 1 from ${physical.table('user')}
    where deleted_at is null and ${administers(context.release)} limit 1`)
  if (left) return
  throw new RequestError('conflict', {
    detail: message(
      'This is the last active administrator: make somebody else one first',
      '这是最后一位启用的系统管理员，请先指定其他管理员',
    ),
  })
}

// What makes an administrator is told by the permission sets in force, and a publish may just have changed them.
async function requireRelease({ tx, release: { physical, number } }: WriteContext): Promise<void> {
  const [head] = await tx.query(
    sql`select 1 from ${physical.systemTable('_head')} where release = ${number}`,
  )
  if (head) return
  throw new RequestError('conflict', {
    detail: message(
      'The metadata was just published anew: try again',
      '元数据刚刚发布了新版本，请重试',
    ),
  })
}
