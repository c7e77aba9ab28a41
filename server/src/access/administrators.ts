import type { Model, SystemPermission } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Release } from '../schema/release.ts'

/** What an administrator can do: whoever has it can give everything else. */
const OF_ADMINISTRATORS = ['modify_all_data', 'manage_users'] as const

/** Whether the values of a user make them an administrator. */
export function isAdministrator(model: Model, values: Readonly<Record<string, unknown>>): boolean {
  const own = values['permission_sets']
  const names: readonly unknown[] = Array.isArray(own) ? own : []
  return (
    values['active'] === true &&
    values['type'] !== 'queue' &&
    OF_ADMINISTRATORS.every((right) => setsWith(model, right).some((set) => names.includes(set)))
  )
}

/** The condition under which a row of the users, deleted or not, is that of an administrator. */
export function administers({
  model,
  physical,
}: Pick<Release, 'model' | 'physical'>): RawBuilder<boolean> {
  const sets = physical.column('user', 'permission_sets')
  const isPerson = model.objects.get('user')?.fields.has('type')
    ? sql`${physical.column('user', 'type')} is distinct from 'queue'`
    : sql`true`
  const each = OF_ADMINISTRATORS.map((right) => sql`${sets} && ${setsWith(model, right)}::text[]`)
  return sql<boolean>`(${physical.column('user', 'active')} and ${isPerson} and ${sql.join(each, sql` and `)})`
}

function setsWith(model: Model, right: SystemPermission): string[] {
  return [...model.permissionSets]
    .filter(([, set]) => set.system?.includes(right))
    .map(([name]) => name)
}
