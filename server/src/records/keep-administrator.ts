import type { SystemPermission } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { StoredValues } from '../effects/record-request.ts'
import { message, RequestError } from '../errors.ts'

/** What an administrator can do: whoever has it can give everything else. */
const OF_ADMINISTRATORS = ['modify_all_data', 'manage_users'] as const

/**
 * Somebody can always administer. Called after users were written, in the same transaction; those who take rights
 * from each other at the same moment come here one after another, and the second finds that they would be the last.
 * @throws RequestError conflict
 */
export async function keepAdministrator(
  context: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  const isLess = changes.some(
    ({ object, before, after }) =>
      object.name === 'user' &&
      before !== null &&
      isAdministrator(context, before.values) &&
      !isAdministrator(context, after),
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
    select 1 from ${physical.table('user')} where id = any(${[...deleted]}::uuid[]) and ${administers(context)} limit 1`)
  if (gone) await requireAdministrator(context)
}

async function requireAdministrator(context: WriteContext): Promise<void> {
  const { physical } = context.release
  // The row that every change of the organization writes; whoever waits here reads what the other has committed.
  await context.tx.execute(sql`select 1 from ${physical.systemTable('_organization')} for update`)
  const [left] = await context.tx.query(sql`
    select 1 from ${physical.table('user')} where deleted_at is null and ${administers(context)} limit 1`)
  if (left) return
  throw new RequestError('conflict', {
    detail: message(
      'This is the last active administrator: make somebody else one first',
      '这是最后一位启用的系统管理员，请先指定其他管理员',
    ),
  })
}

function isAdministrator(context: WriteContext, values: StoredValues): boolean {
  const own = values['permission_sets']
  const names: readonly unknown[] = Array.isArray(own) ? own : []
  return (
    values['active'] === true &&
    values['type'] !== 'queue' &&
    OF_ADMINISTRATORS.every((right) => setsWith(context, right).some((set) => names.includes(set)))
  )
}

function administers(context: WriteContext): RawBuilder<boolean> {
  const { physical, model } = context.release
  const sets = physical.column('user', 'permission_sets')
  const isPerson = model.objects.get('user')?.fields.has('type')
    ? sql`${physical.column('user', 'type')} is distinct from 'queue'`
    : sql`true`
  const each = OF_ADMINISTRATORS.map((right) => sql`${sets} && ${setsWith(context, right)}::text[]`)
  return sql<boolean>`(${physical.column('user', 'active')} and ${isPerson} and ${sql.join(each, sql` and `)})`
}

function setsWith({ release }: WriteContext, right: SystemPermission): string[] {
  return [...release.model.permissionSets]
    .filter(([, set]) => set.system?.includes(right))
    .map(([name]) => name)
}
