import { objectOf } from './object-rights.ts'
import { Random } from './random.ts'
import type { World, WorldRecord } from './world.ts'

type Row = Readonly<Record<string, unknown>>

const LONG_AGO = '2026-03-01T00:00:00.000Z'
const MINUTE = 60_000

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
  tables.set('_history', historyRows(world))
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

/** A word that tells about the old value of a field; it is found nowhere but in the history. */
export function oldValueOf(record: WorldRecord, field: string): string {
  const [number = '0'] = /\d+$/.exec(field) ?? []
  const seed = Number.parseInt(record.id.slice(-6), 16) * 31 + Number(number) * 7 + field.length
  return new Random(seed).token()
}

/** The fields of a record of which the history tells an old value. */
export function remembered(record: WorldRecord): string[] {
  return Object.keys(record.values).filter((name) => /_t\d$/.test(name))
}

function historyRows(world: World): Row[] {
  const random = new Random(world.seed + 1)
  const own = new Set(world.objects.filter((one) => !one.isPlatform).map((one) => one.name))
  const row = (record: WorldRecord, more: Row): Row => ({
    id: random.id(),
    at: LONG_AGO,
    object: record.object,
    record: record.id,
    actor: firstUser(world),
    cause: 'user',
    action: 'updated',
    ...more,
  })
  return world.records
    .filter((record) => own.has(record.object))
    .flatMap((record) => [
      row(record, { action: 'created', at: '2026-02-01T00:00:00.000Z' }),
      ...remembered(record).map((field) =>
        row(record, { field, old: oldValueOf(record, field), new: record.values[field] }),
      ),
    ])
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

/** When a record was made; some were at the same moment. */
function createdAt(id: string): string {
  const minutes = Number.parseInt(id.slice(-2), 16)
  return new Date(Date.parse(LONG_AGO) - minutes * MINUTE).toISOString()
}

function firstUser(world: World): string | null {
  return world.users[0]?.id ?? null
}
