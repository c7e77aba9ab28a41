import { createdAt, LONG_AGO } from './moments.ts'
import { pastRows } from './past-rows.ts'
import { objectOf } from './world-parts.ts'
import type { World, WorldRecord } from './world.ts'

type Row = Readonly<Record<string, unknown>>

/** A world's rows by table, in no particular order of dependence. */
export function rowsOf(world: World): Map<string, Row[]> {
  const tables = new Map<string, Row[]>()
  for (const object of world.objects) tables.set(object.name, [])
  for (const record of world.records) tables.get(record.object)?.push(recordRow(world, record))
  const numbered = (rows: readonly Row[], isDeleted: readonly boolean[]): Row[] =>
    rows.map((row, index) => ({
      ...ground(world, isDeleted[index] === true),
      name: `N-${index}`,
      owner: firstUser(world),
      ...row,
    }))
  const { groups, groupMembers, userDepartments, queueMembers, shares } = world
  const deleted = (all: readonly { isDeleted: boolean }[]): boolean[] =>
    all.map((one) => one.isDeleted)
  const groupRows = groups.map(({ id, code }) => ({ id, code, name: `Group ${code}` }))
  tables.set('user_group', numbered(groupRows, deleted(groups)))
  tables.set(
    'group_member',
    numbered(
      groupMembers.map(({ id, group, user, role, department, withBelow }) => ({
        id,
        user_group: group,
        user,
        role,
        department,
        with_below: withBelow,
      })),
      deleted(groupMembers),
    ),
  )
  const furtherRows = userDepartments.map(({ id, from, to }) => ({
    id,
    user: from,
    department: to,
  }))
  tables.set('user_department', numbered(furtherRows, deleted(userDepartments)))
  const queueRows = queueMembers.map(({ id, from, to }) => ({ id, queue: from, member: to }))
  tables.set('queue_member', numbered(queueRows, deleted(queueMembers)))
  for (const [table, rows] of pastRows(world)) tables.set(table, rows)
  tables.set(
    '_share',
    shares.map(({ id, object, record, principal, access, cause, expiresAt }) => ({
      id,
      object,
      record,
      principal,
      access,
      cause,
      team_role: cause === 'team' ? 'helper' : null,
      expires_at: expiresAt,
      created_by: firstUser(world),
      created_at: LONG_AGO,
      // Some do not know when their record was made.
      record_created_at: /[0-7]$/.test(id) ? createdAt(record) : null,
    })),
  )
  return tables
}

/** The row of a record. */
export function recordRow(
  world: World,
  { id, object, owner, isDeleted, isLocked, values }: WorldRecord,
): Row {
  const user = object === 'user' ? world.users.find((one) => one.id === id) : undefined
  return {
    ...ground(world, isDeleted),
    created_at: createdAt(id),
    id,
    owner,
    locked: isLocked,
    ...columnsOf(world, object, values),
    ...(user ? { permission_sets: user.sets, locale: 'en-US', time_zone: 'Asia/Shanghai' } : {}),
  }
}

/** A lookup of several objects rests in one column for each. */
function columnsOf(world: World, object: string, values: WorldRecord['values']): Row {
  const { fields } = objectOf(world, object)
  const ofSeveral = fields.filter((field) => field.targets && values[field.name] != null)
  if (ofSeveral.length === 0) return values
  const columns = ofSeveral.map(({ name }) => {
    const id = values[name]
    return [`${name}_${objectOfId(world, String(id))}`, id]
  })
  return { ...values, ...Object.fromEntries(columns) }
}

const objects = new WeakMap<World, ReadonlyMap<string, string>>()

function objectOfId(world: World, id: string): string | undefined {
  const known = objects.get(world) ?? new Map(world.records.map((one) => [one.id, one.object]))
  objects.set(world, known)
  return known.get(id)
}

function ground(world: World, isDeleted: boolean): Row {
  return {
    created_at: LONG_AGO,
    created_by: firstUser(world),
    updated_at: LONG_AGO,
    updated_by: firstUser(world),
    version: 1,
    locked: false,
    deleted_at: isDeleted ? LONG_AGO : null,
  }
}

function firstUser(world: World): string | null {
  return world.users[0]?.id ?? null
}
