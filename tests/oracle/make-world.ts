import type { Expression, Principal } from '@trellis/metamodel'

import { isComputed, withComputed } from './computed-values.ts'
import { makeApprovals } from './make-approvals.ts'
import { makeObjects, PLATFORM_OBJECTS } from './make-objects.ts'
import { makePast } from './make-past.ts'
import { makePeople, makePrincipal, makeSets } from './make-people.ts'
import { makeDuplicates } from './make-searches.ts'
import { DATES, plainValue } from './make-values.ts'
import { Random } from './random.ts'
import { masterFields, targetsOf } from './world-parts.ts'
import type { Value, World, WorldField, WorldObject, WorldRecord, WorldShare } from './world.ts'

/** How many records each object of a world has, at least and at most. */
export interface WorldSize {
  readonly least: number
  readonly most: number
}

/** Of records that are asked for one by one. */
export const SMALL: WorldSize = { least: 14, most: 45 }

/** Of records that are asked for many at a time. */
export const LARGE: WorldSize = { least: 40, most: 120 }

/** Makes a random world; the same seed and size make the same. */
export function makeWorld(seed: number, size: WorldSize): World {
  const random = new Random(seed)
  const own = makeObjects(random)
  const sets = makeSets(random, own)
  const people = makePeople(random, Object.keys(sets))
  const base = { seed, now: new Date().toISOString(), objects: [...own, ...PLATFORM_OBJECTS] }
  const made = makeRecords(random, own, { users: people.users, size })
  const lived = makePast(random, { own, users: people.users, records: made })
  const { records, asked, ...decided } = makeApprovals(random, { ...people, own, ...lived })
  const past = { ...lived, ...decided }
  const draft = { ...base, sets, ...people, records }
  const masters = own.filter((object) => object.master === undefined)
  return {
    ...draft,
    ...past,
    ...makeDuplicates(random, own, records, people.users),
    records: [...records, ...platformRecords(people)],
    shares: [...makeShares(random, masters, draft), ...asked],
    sharingRules: masters.flatMap(({ name: object, fields }) =>
      Array.from({ length: random.pick([0, 1, 1, 2]) }, (_, index) => ({
        object,
        name: `share${index}`,
        definition: sharingRule(random, { object, fields, objects: own, people }),
      })),
    ),
    restrictionRules: masters
      .filter(() => random.chance(0.3))
      .map(({ name: object, fields }) => ({
        object,
        name: 'restrict',
        definition: {
          label: 'Restriction',
          ...(random.chance(0.1) ? { active: false } : {}),
          to: principals(random, people),
          where: random.chance(0.5)
            ? readerCondition(random)
            : condition(random, { object, fields, objects: own }),
        },
      })),
  }
}

type People = ReturnType<typeof makePeople>

interface About {
  readonly object: string
  readonly fields: readonly WorldField[]
  readonly objects: readonly WorldObject[]
}

function sharingRule(random: Random, about: About & { readonly people: People }) {
  const isByOwner = random.chance(0.5)
  return {
    label: 'Sharing',
    ...(random.chance(0.1) ? { active: false } : {}),
    ...(isByOwner ? { owned_by: principals(random, about.people) } : {}),
    ...(!isByOwner || random.chance(0.4) ? { where: condition(random, about) } : {}),
    to: principals(random, about.people),
    access: random.pick(['read', 'edit'] as const),
  }
}

function principals(random: Random, people: People): Principal[] {
  return Array.from({ length: random.between(1, 2) }, () => makePrincipal(random, people))
}

/** A condition on the record, on its parents, or on its children. */
function condition(random: Random, about: About, depth = 0): Expression {
  const { object, fields, objects } = about
  if (depth < 2 && random.chance(0.25)) {
    const parts = [condition(random, about, depth + 1), condition(random, about, depth + 1)]
    return { [random.pick(['and', 'or'])]: parts }
  }
  const lookup = random.maybe(
    fields.filter((field) => field.type === 'lookup'),
    0.25,
  )
  if (lookup) {
    return { '>=': [{ var: `${lookup.name}.${lookup.target}_n0` }, random.between(0, 5)] }
  }
  const children = objects.flatMap((child) =>
    child.fields.filter((field) => field.target === object).map((field) => ({ child, field })),
  )
  const child = random.maybe(children, 0.15)
  if (child?.field.relationship !== undefined) {
    const many = { '>': [{ var: `${child.child.name}_n0` }, random.between(0, 6)] }
    return { some: [{ var: child.field.relationship }, many] }
  }
  return plainCondition(random, fields)
}

function plainCondition(random: Random, fields: readonly WorldField[]): Expression {
  const field = random.pick(
    fields.filter((one) => targetsOf(one).length === 0 && one.type !== 'file'),
  )
  const value = { var: field.name }
  switch (field.type) {
    case 'number':
      return { [random.pick(['<', '>=', '==', '!='])]: [value, random.between(0, 8)] }
    case 'checkbox':
      return { '==': [value, random.chance(0.5)] }
    case 'picklist':
      return { '==': [value, random.pick(field.codes ?? [])] }
    case 'date':
      return { '<=': [value, random.pick(DATES)] }
    default:
      return random.chance(0.5) ? { is_blank: [value] } : { '!': [{ is_blank: [value] }] }
  }
}

/** A condition that asks who reads. */
function readerCondition(random: Random): Expression {
  const isOwn = { '==': [{ var: 'owner' }, { var: '$user.id' }] }
  const ofRole = { '==': [{ var: 'owner.role' }, { var: '$user.role' }] }
  const ofDepartment = { '==': [{ var: 'owner.department' }, { var: '$user.department' }] }
  return random.pick<Expression>([
    isOwn,
    ofRole,
    ofDepartment,
    { or: [isOwn, ofDepartment] },
    { '!': [ofRole] },
  ])
}

function makeRecords(
  random: Random,
  objects: readonly WorldObject[],
  { users, size }: { readonly users: World['users']; readonly size: WorldSize },
): WorldRecord[] {
  const records: WorldRecord[] = []
  for (const object of objects) {
    const count = random.between(size.least, size.most)
    for (let index = 0; index < count; index++) {
      const record = makeRecord(random, object, { records, users })
      if (record !== undefined) records.push(record)
    }
  }
  const referring = records.map((record) => withReferences(random, record, { objects, records }))
  return withComputed(objects, referring)
}

function makeRecord(
  random: Random,
  object: WorldObject,
  { records, users }: { records: readonly WorldRecord[]; users: World['users'] },
): WorldRecord | undefined {
  const { name, master, fields } = object
  const parents = new Map<string, WorldRecord>()
  for (const { name: reference, target } of masterFields(object)) {
    const masters = records.filter((one) => one.object === target)
    if (masters.length === 0) return undefined
    parents.set(reference, random.pick(masters))
  }
  const written = fields.filter((field) => !isComputed(field))
  const plain = written.map((field): [string, Value] => [
    field.name,
    parents.get(field.name)?.id ?? plainValue(random, field),
  ])
  const values = Object.fromEntries(plain)
  return {
    id: random.id(),
    object: name,
    owner: master === undefined ? random.pick(users).id : null,
    // A master takes its details along when it is deleted.
    isDeleted: [...parents.values()].some((one) => one.isDeleted) || random.chance(0.1),
    isLocked: master === undefined && random.chance(0.06),
    values: { name: `${random.token()} ${name}`, ...values },
  }
}

/** References to records that are there: what is deleted is referred to by nothing. */
function withReferences(
  random: Random,
  record: WorldRecord,
  { objects, records }: Pick<World, 'objects' | 'records'>,
): WorldRecord {
  const fields = objects.find((object) => object.name === record.object)?.fields ?? []
  const lookups = fields.filter((field) => field.type.endsWith('lookup'))
  const chosen = lookups.map((field): [string, Value] => {
    const targets = records.filter(
      (one) => targetsOf(field).includes(one.object) && !one.isDeleted && one.id !== record.id,
    )
    return [field.name, random.maybe(targets, 0.75)?.id ?? null]
  })
  return { ...record, values: { ...record.values, ...Object.fromEntries(chosen) } }
}

function makeShares(
  random: Random,
  masters: readonly WorldObject[],
  world: People & Pick<World, 'records'>,
): WorldShare[] {
  const names = masters.map((object) => object.name)
  const records = world.records.filter((record) => names.includes(record.object))
  return random.some(records, 0.2).map((record) => {
    const principal = sharePrincipal(random, world)
    const isTeam = principal.startsWith('user:') && random.chance(0.5)
    return {
      id: random.id(),
      object: record.object,
      record: record.id,
      principal,
      access: random.pick(['read', 'edit']),
      cause: isTeam ? 'team' : 'manual',
      expiresAt: random.pick([null, '2001-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z']),
    }
  })
}

function sharePrincipal(random: Random, world: People): string {
  const kind = random.pick(['user', 'user', 'role', 'role_and_below', 'department', 'group'])
  if (kind === 'user') return `user:${random.pick(world.users).id}`
  if (kind.startsWith('role')) return `${kind}:${random.pick(world.roles).name}`
  if (kind === 'group') return `group:${random.pick(world.groups).id}`
  const department = random.pick(world.departments).id
  return `${random.pick(['department', 'department_and_below'])}:${department}`
}

/** The people of a world as records that can be read. */
function platformRecords({ users, departments }: People): WorldRecord[] {
  // What is deleted is referred to by nothing that is told.
  const told = (
    name: string,
    id: string | null,
    all: readonly { readonly id: string; readonly isDeleted: boolean }[],
  ): Record<string, Value> =>
    all.some((one) => one.id === id && one.isDeleted) ? {} : { [name]: id }
  return [
    ...users.map((user) => ({
      id: user.id,
      object: 'user',
      owner: user.id,
      isDeleted: user.isDeleted,
      isLocked: false,
      values: {
        name: user.name,
        email: `${user.id.slice(-12)}@example.com`,
        role: user.role,
        ...told('department', user.department, departments),
        ...told('manager', user.manager, users),
        active: user.isActive,
        type: user.isQueue ? 'queue' : 'person',
        code: user.code,
      },
    })),
    ...departments.map((department) => ({
      id: department.id,
      object: 'department',
      owner: users[0]?.id ?? null,
      isDeleted: department.isDeleted,
      isLocked: false,
      values: {
        name: `Department ${department.code}`,
        code: department.code,
        ...told('parent', department.parent, departments),
      },
    })),
  ]
}
