import type { Random } from './random.ts'
import type { WorldField, WorldObject } from './world.ts'

const CODES = ['red', 'green', 'blue'] as const

/** Random objects: some of them details, some with references to each other and to themselves. */
export function makeObjects(random: Random): WorldObject[] {
  const count = random.between(3, 8)
  const objects: WorldObject[] = []
  for (let index = 0; index < count; index++) objects.push(makeObject(random, index, objects))
  const related = objects.map((object) => withLookups(random, object, objects))
  return related
    .map((object) => withDerived(random, object))
    .map((object) => withFormulas(random, object))
    .map((object) => withRollUp(random, object, related))
}

function makeObject(random: Random, index: number, before: readonly WorldObject[]): WorldObject {
  const name = `ob${index}`
  const target = random.maybe(before, 0.35)
  const master: WorldField | undefined = target
    ? {
        name: `${name}_m`,
        type: 'master_detail',
        target: target.name,
        relationship: `${name}_of_m`,
      }
    : undefined
  // A junction has two masters; the first decides who may see it.
  const other = master && random.maybe(before, 0.5)
  const second: WorldField[] = other
    ? [
        {
          name: `${name}_o0`,
          type: 'master_detail',
          target: other.name,
          relationship: `${name}_of_o0`,
        },
      ]
    : []
  return {
    name,
    isPlatform: false,
    sharing: random.pick(['private', 'private', 'private', 'read', 'read_write']),
    roleHierarchy: master === undefined && random.chance(0.5),
    ...(master ? { master: master.name } : {}),
    fields: [...(master ? [master] : []), ...second, ...makePlainFields(random, name)],
  }
}

function makePlainFields(random: Random, object: string): WorldField[] {
  const always: WorldField[] = [
    { name: `${object}_t0`, type: 'text', searchable: random.chance(0.6) },
    { name: `${object}_n0`, type: 'number' },
    { name: `${object}_n1`, type: 'number' },
    { name: `${object}_k0`, type: 'text', unique: true },
  ]
  const others: WorldField[] = [
    { name: `${object}_p0`, type: 'picklist', codes: CODES },
    { name: `${object}_c0`, type: 'checkbox' },
    { name: `${object}_d0`, type: 'date' },
    { name: `${object}_t1`, type: 'text' },
    { name: `${object}_l9`, type: 'long_text' },
    { name: `${object}_e0`, type: 'email', searchable: random.chance(0.5) },
    { name: `${object}_f0`, type: 'file' },
  ]
  return [...always, ...random.some(others, 0.6)]
}

function withLookups(
  random: Random,
  object: WorldObject,
  objects: readonly WorldObject[],
): WorldObject {
  const lookups = [0, 1]
    .filter(() => random.chance(0.65))
    .map((index): WorldField => {
      const target = random.chance(0.2) ? object : random.pick(objects)
      const canShare = target.master === undefined && target !== object
      return {
        name: `${object.name}_r${index}`,
        type: 'lookup',
        target: target.name,
        relationship: `${object.name}_of_r${index}`,
        sharesParent: canShare && random.chance(0.5),
      }
    })
  return {
    ...object,
    fields: [...object.fields, ...lookups, ...lookupOfTwo(random, object, objects)],
  }
}

function lookupOfTwo(
  random: Random,
  { name }: WorldObject,
  objects: readonly WorldObject[],
): WorldField[] {
  const targets = [...new Set([random.pick(objects).name, random.pick(objects).name])]
  if (targets.length < 2 || random.chance(0.4)) return []
  return [
    { name: `${name}_g0`, type: 'polymorphic_lookup', targets, relationship: `${name}_of_g0` },
  ]
}

/** A sum of two numbers, which tells about both. */
function withDerived(random: Random, object: WorldObject): WorldObject {
  if (!random.chance(0.4)) return object
  const [first, second] = [`${object.name}_n0`, `${object.name}_n1`]
  const derived: WorldField = {
    name: `${object.name}_x0`,
    type: 'number',
    derive: { '+': [{ var: first }, { var: second }] },
    madeOf: [first, second],
  }
  return { ...object, fields: [...object.fields, derived] }
}

/** Formulas that tell about fields of the record, and of the record that it refers to. */
function withFormulas(random: Random, object: WorldObject): WorldObject {
  const formula = (
    index: number,
    { type, madeOf }: { readonly type: string; readonly madeOf: readonly string[] },
  ): WorldField => ({
    name: `${object.name}_x${index}`,
    type,
    madeOf,
    formula: {
      text: type === 'text' ? `TRIM(${madeOf.join()})` : madeOf.join(' + '),
      stored: random.chance(0.4),
    },
  })
  const number = `${object.name}_n0`
  const reference = random.maybe(
    object.fields.filter(({ target }) => target !== undefined),
    0.8,
  )
  const beyond = reference ? `${reference.name}.${reference.target}_n0` : undefined
  const formulas = [
    formula(1, { type: 'text', madeOf: [`${object.name}_t0`] }),
    ...(beyond === undefined ? [] : [formula(2, { type: 'number', madeOf: [beyond, number] })]),
  ]
  return { ...object, fields: [...object.fields, ...random.some(formulas, 0.5)] }
}

/** How many records refer to one, or a sum of theirs. */
function withRollUp(
  random: Random,
  object: WorldObject,
  objects: readonly WorldObject[],
): WorldObject {
  const references = objects.flatMap((child) =>
    child.fields.filter(({ target }) => target === object.name).map((field) => ({ child, field })),
  )
  const from = random.maybe(references, 0.6)
  if (from?.field.relationship === undefined) return object
  const rollUp: WorldField = {
    name: `${object.name}_u0`,
    type: 'number',
    rolledUp: {
      child: from.child.name,
      by: from.field.name,
      via: from.field.relationship,
      ...(random.chance(0.6) ? { of: `${from.child.name}_n0` } : {}),
    },
  }
  return { ...object, fields: [...object.fields, rollUp] }
}

/** The objects of the platform, as far as a world fills them. */
export const PLATFORM_OBJECTS: readonly WorldObject[] = [
  platform('user', [
    { name: 'email', type: 'email', searchable: true },
    { name: 'role', type: 'picklist' },
    { name: 'department', type: 'lookup', target: 'department', relationship: 'members' },
    { name: 'manager', type: 'lookup', target: 'user', relationship: 'direct_reports' },
    { name: 'active', type: 'checkbox' },
    { name: 'type', type: 'picklist' },
    { name: 'code', type: 'text' },
    { name: 'locale', type: 'picklist' },
    { name: 'time_zone', type: 'text' },
    { name: 'permission_sets', type: 'multi_picklist' },
    { name: 'employee_no', type: 'text' },
    { name: 'mobile', type: 'phone' },
    { name: 'title', type: 'text' },
  ]),
  platform('department', [
    { name: 'code', type: 'text' },
    { name: 'parent', type: 'lookup', target: 'department', relationship: 'sub_departments' },
    { name: 'head', type: 'lookup', target: 'user', relationship: 'headed_departments' },
  ]),
]

function platform(name: string, fields: readonly WorldField[]): WorldObject {
  return { name, isPlatform: true, sharing: 'read', roleHierarchy: false, fields }
}
