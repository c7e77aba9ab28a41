import type { RawComponent } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createReadWorld, NOW, type ReadWorld } from '../../../tests/support/read-world.ts'
import { isAdministrator } from '../access/administrators.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { keepAdministrator, keepAdministratorWithout } from './keep-administrator.ts'

const every = (kind: string, definitions: Readonly<Record<string, object>>): RawComponent[] =>
  Object.entries(definitions).map(([name, definition]) => ({ kind, name, definition }))

const COMPONENTS: readonly RawComponent[] = [
  ...every('object', { user: { label: 'User' }, deal: { label: 'Deal' } }),
  ...every('field', {
    'user.active': { type: 'checkbox', label: 'Active', default: true },
    'user.permission_sets': {
      type: 'multi_picklist',
      label: 'Sets',
      values_of_kind: 'permission_set',
    },
    'user.type': {
      type: 'picklist',
      label: 'Type',
      values: [{ code: 'person' }, { code: 'queue' }],
    },
  }),
  ...every('permission_set', {
    admin: { label: 'Admin', system: ['modify_all_data', 'manage_users'] },
    data: { label: 'Data', system: ['modify_all_data'] },
    people: { label: 'People', system: ['manage_users'] },
    rep: { label: 'Rep', objects: { user: { read: true } } },
    none: { label: 'None' },
  }),
]

/** Who is there, and whether they administer. */
const USERS: Readonly<Record<string, { values: Record<string, unknown>; administers: boolean }>> = {
  admin: { values: { active: true, permission_sets: ['admin'] }, administers: true },
  both: { values: { active: true, permission_sets: ['people', 'data'] }, administers: true },
  person: {
    values: { active: true, permission_sets: ['rep', 'admin'], type: 'person' },
    administers: true,
  },
  data: { values: { active: true, permission_sets: ['data', 'none'] }, administers: false },
  people: { values: { active: true, permission_sets: ['people'] }, administers: false },
  none: { values: { active: true, permission_sets: null }, administers: false },
  away: { values: { active: false, permission_sets: ['admin'] }, administers: false },
  queue: {
    values: { active: true, permission_sets: ['admin'], type: 'queue' },
    administers: false,
  },
}
const NAMES = Object.keys(USERS)
const idOf = (name: string): string => `00000000-0000-7000-8000-00000000000${NAMES.indexOf(name)}`

let world: ReadWorld
beforeAll(async () => {
  world = await createReadWorld(COMPONENTS)
})
afterAll(() => world.test.drop())

/** Only these are there. */
async function setUsers(...names: readonly string[]): Promise<void> {
  const { physical } = world.release
  await world.test.database.execute(`delete from main."${physical.tableName('user')}"`)
  await world.insert(
    'user',
    names.map((name) => ({
      ...USERS[name]?.values,
      id: idOf(name),
      name,
      owner: idOf(name),
      created_by: idOf(name),
      updated_by: idOf(name),
    })),
  )
  await world.test.database.execute('update main._head set release = 1')
}

/** The code of the refusal; undefined if there was none. */
async function refusal(
  work: (context: Parameters<typeof keepAdministrator>[0]) => Promise<void>,
): Promise<string | undefined> {
  const context = world.context({ id: idOf('none'), sets: ['admin'] })
  try {
    await world.test.database.inTransaction((tx) => work({ ...context, tx }))
    return undefined
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

const change = (
  before: Record<string, unknown> | null,
  after: Record<string, unknown>,
  object = 'user',
): RecordChange =>
  ({
    op: before === null ? 'create' : 'update',
    object: world.release.model.objects.get(object),
    id: idOf('admin'),
    before: before && { values: before },
    after,
    given: new Set(),
    isSystem: false,
  }) as unknown as RecordChange

const ADMIN = { active: true, permission_sets: ['admin'] }
const FORMER = { active: true, permission_sets: ['rep'] }

describe('an administrator', () => {
  it.each(Object.entries(USERS))('is told by the values of %s', async (name, user) => {
    expect(isAdministrator(world.release.model, user.values)).toBe(user.administers)
    await setUsers(name)
    const refused = await refusal((writing) => keepAdministrator(writing, [change(ADMIN, FORMER)]))
    expect(refused).toBe(user.administers ? undefined : 'conflict')
  })
})

describe('the last administrator', () => {
  const taken = (...changes: RecordChange[]): Promise<string | undefined> =>
    refusal((context) => keepAdministrator(context, changes))

  it('stays: neither rights nor the account can be taken', async () => {
    await setUsers('none')
    expect(await taken(change(ADMIN, FORMER))).toBe('conflict')
    expect(await taken(change(ADMIN, { ...ADMIN, active: false }))).toBe('conflict')
    expect(await taken(change(ADMIN, ADMIN), change(ADMIN, FORMER))).toBe('conflict')
  })

  it('is asked for only where one was', async () => {
    await setUsers('none')
    expect(await taken(change(FORMER, FORMER))).toBeUndefined()
    expect(await taken(change(ADMIN, ADMIN))).toBeUndefined()
    expect(await taken(change(null, FORMER))).toBeUndefined()
    expect(await taken(change(ADMIN, FORMER, 'deal'))).toBeUndefined()
    expect(await taken()).toBeUndefined()
  })

  it('may go when another is there', async () => {
    await setUsers('admin')
    expect(await taken(change(ADMIN, FORMER))).toBeUndefined()
  })

  it('is asked for again when metadata was published meanwhile', async () => {
    await setUsers('admin')
    await world.test.database.execute('update main._head set release = 2')
    expect(await taken(change(ADMIN, FORMER))).toBe('conflict')
  })
})

describe('the last administrator in the recycle bin', () => {
  const deleted = async (...names: readonly string[]): Promise<string | undefined> => {
    const { physical } = world.release
    await world.test.database.execute(
      `update main."${physical.tableName('user')}" set deleted_at = $1 where id = any($2::uuid[])`,
      [NOW.toISOString(), names.map(idOf)],
    )
    return refusal((context) => keepAdministratorWithout(context, names.map(idOf)))
  }

  it('is brought back, unless another is there', async () => {
    await setUsers('admin', 'none')
    expect(await deleted('admin')).toBe('conflict')
    await setUsers('admin', 'both')
    expect(await deleted('admin')).toBeUndefined()
    expect(await deleted('both')).toBe('conflict')
  })

  it('is asked for only when one was deleted', async () => {
    await setUsers('none', 'data')
    expect(await deleted('none', 'data')).toBeUndefined()
    expect(await deleted()).toBeUndefined()
  })
})
