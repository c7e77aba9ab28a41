import {
  compileEvaluator,
  type Evaluator,
  type Expression,
  type ExpressionScope,
  type ExpressionType,
} from '@trellis/metamodel'

import { made, rolledUpOf } from './computed-values.ts'
import type { KnownRecords } from './known-records.ts'
import { fieldOf, objectOf, targetsOf } from './world-parts.ts'
import type { World, WorldRecord, WorldUser } from './world.ts'

const TYPES: Readonly<Record<string, ExpressionType>> = {
  number: 'number',
  checkbox: 'boolean',
  date: 'date',
  lookup: 'id',
  master_detail: 'id',
  polymorphic_lookup: 'id',
  user: 'id',
  id: 'id',
}

/** Reads the conditions of rules, on records as they are or as they are to be. */
export class Conditions {
  readonly #world: World
  readonly #evaluators = new Map<unknown, Evaluator>()
  readonly #records: KnownRecords

  constructor(world: World, records: KnownRecords) {
    this.#world = world
    this.#records = records
  }

  /** Whether a condition is true of a record; nothing is not true. */
  isTrue(condition: unknown, record: WorldRecord, user: WorldUser | undefined): boolean {
    const evaluator = this.#evaluators.get(condition) ?? this.#compile(condition, record.object)
    this.#evaluators.set(condition, evaluator)
    const { now } = this.#world
    const about = (path: string): unknown => (user === undefined ? null : userValue(user, path))
    const asked = { now, timeZone: 'Asia/Shanghai', user: about, record: this.#source(record) }
    return evaluator(asked) === true
  }

  /** The value at a path, through references, whoever may see it. */
  valueAt(record: WorldRecord, path: string): unknown {
    const [name = '', ...rest] = path.split('.')
    const value = this.#ownValue(record, name)
    if (rest.length === 0) return value
    const parent = typeof value === 'string' ? this.#records.one(value) : undefined
    return parent === undefined || parent.isDeleted ? null : this.valueAt(parent, rest.join('.'))
  }

  #ownValue(record: WorldRecord, name: string): unknown {
    if (name === 'id') return record.id
    if (name === 'owner') return record.owner
    const { madeOf, rolledUp } = fieldOf(this.#world, record.object, name) ?? {}
    if (madeOf !== undefined) return made(madeOf.map((path) => this.valueAt(record, path)))
    if (rolledUp === undefined) return record.values[name] ?? null
    const { child, by } = rolledUp
    return rolledUpOf(rolledUp, this.#records.referringTo(record.id, child, by))
  }

  #source(record: WorldRecord): (path: string) => unknown {
    return (path) => this.#related(record, path) ?? this.valueAt(record, path)
  }

  #related(record: WorldRecord, relationship: string): ((path: string) => unknown)[] | undefined {
    const from = relationshipOf(this.#world, record.object, relationship)
    if (from === undefined) return undefined
    return this.#records
      .referringTo(record.id, from.object, from.field)
      .filter((one) => !one.isDeleted)
      .map((one) => this.#source(one))
  }

  #compile(condition: unknown, object: string): Evaluator {
    return compileEvaluator(condition as Expression, scopeOf(this.#world, object), 'boolean')
  }
}

/** The object and field on the other side of a relationship. */
export function relationshipOf(
  world: World,
  target: string,
  relationship: string,
): { object: string; field: string } | undefined {
  for (const { name: object, fields } of world.objects) {
    const field = fields.find(
      (one) => targetsOf(one).includes(target) && one.relationship === relationship,
    )
    if (field !== undefined) return { object, field: field.name }
  }
  return undefined
}

function scopeOf(world: World, object: string): ExpressionScope {
  return {
    saving: false,
    field: (path) => {
      if (path.startsWith('$user.')) return { type: USER_TYPES[path] ?? 'text' }
      const [name = '', ...rest] = path.split('.')
      const field = fieldOf(world, object, name)
      if (field === undefined) return undefined
      if (rest.length > 0) return scopeOf(world, field.target ?? '').field(rest.join('.'))
      const type = TYPES[field.type] ?? 'text'
      return field.codes === undefined ? { type } : { type, values: field.codes }
    },
    relationship: (name) => {
      const from = relationshipOf(world, objectOf(world, object).name, name)
      return from && scopeOf(world, from.object)
    },
  }
}

const USER_TYPES: Readonly<Record<string, ExpressionType>> = {
  '$user.id': 'id',
  '$user.department': 'id',
  '$user.manager': 'id',
}

function userValue(user: WorldUser, path: string): unknown {
  const values: Readonly<Record<string, unknown>> = { ...user }
  return values[path] ?? null
}
