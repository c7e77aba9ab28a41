import {
  type FieldModel,
  type FieldValue,
  isRecordId,
  nearest,
  ownFields,
} from '@trellis/metamodel'
import { Decimal } from 'decimal.js'

import type { Actor } from '../access/actor.ts'
import type { StoredValues } from '../effects/record-request.ts'
import { type Failure, failure, message } from '../errors.ts'
import { cleanValue, readClean } from './clean-values.ts'
import type { SavePlan } from './save-plan.ts'

/** A reference that the caller named by a unique field of the other record. */
export interface NamedReference {
  field: FieldModel
  by: string
  value: unknown
}

/** The values to be, as far as they can be told without looking at other records. */
export interface AppliedValues {
  after: StoredValues
  given: Set<string>
  named: NamedReference[]
  failures: Failure[]
  /** Fields that exist and are seen but may not be written by this caller. */
  forbidden: Failure[]
}

/** What the caller gave, and on what ground it stands. */
export interface GivenValues {
  values: Readonly<Record<string, unknown>>
  before: StoredValues | null
  actor: Actor
  isSystem: boolean
  now: Date
  /** Fields that no default fills for this caller. */
  withheld: ReadonlySet<string>
}

/** Overlays what the caller gave on what was (or on defaults), each value read by its type; every fault at once. */
export function applyValues(plan: SavePlan, given: GivenValues): AppliedValues {
  const applied: AppliedValues = {
    after: { ...given.before },
    given: new Set(),
    named: [],
    failures: [],
    forbidden: [],
  }
  for (const [name, value] of Object.entries(given.values)) {
    applyOne(plan, given, applied, name, value)
  }
  if (given.before === null) applyDefaults(plan, given, applied)
  applyFollowers(plan, given, applied)
  return applied
}

function applyOne(
  plan: SavePlan,
  given: GivenValues,
  applied: AppliedValues,
  name: string,
  value: unknown,
): void {
  const field = plan.object.fields.get(name)
  const access = field && (given.isSystem ? 'edit' : given.actor.rights.field(field))
  if (!field || field.partOf !== undefined || access === 'none' || access === undefined) {
    const known = ownFields(plan.object.fields.values())
      .filter((one) => given.actor.rights.field(one) !== 'none')
      .map((one) => one.name)
    const suggestion = nearest(name, known)
    const hint =
      suggestion === undefined
        ? message('', '')
        : message(`. Did you mean "${suggestion}"?`, `，是否想写“${suggestion}”？`)
    applied.failures.push(
      failure(
        name,
        'unknown_field',
        message(`There is no field "${name}"${hint['en-US']}`, `没有字段“${name}”${hint['zh-CN']}`),
        suggestion === undefined ? {} : { suggestion },
      ),
    )
    return
  }
  // The lock is set by approvals only, which act as the system.
  if (field.isReadOnly && !(given.isSystem && field.name === 'locked')) {
    applied.failures.push(
      failure(name, 'read_only', message('The system fills this field', '该字段由系统填写')),
    )
    return
  }
  if (access !== 'edit' || isGrant(field, given)) {
    applied.forbidden.push(
      failure(
        name,
        'forbidden',
        message('You may not change this field', '您没有修改该字段的权限'),
      ),
    )
    return
  }
  applied.given.add(name)
  if (field.members) readMembers(field, field.members, value, applied)
  else readValue(field, value, applied)
}

/** What decides who may do what, in the record of a user. */
const GRANTS = new Set(['permission_sets', 'role', 'active', 'email'])

// Whoever may edit colleagues' records may not thereby give rights, least of all to themself.
function isGrant(field: FieldModel, { actor, isSystem }: GivenValues): boolean {
  return (
    field.object === 'user' &&
    GRANTS.has(field.name) &&
    !isSystem &&
    !actor.rights.system.has('manage_users')
  )
}

/** `{"object": …, "id": …}`, or a unique field in the place of the id: one of the lookups has it, the others nothing. */
function readMembers(
  field: FieldModel,
  members: readonly FieldModel[],
  value: unknown,
  applied: AppliedValues,
): void {
  const { object, ...other } =
    typeof value === 'object' ? ({ ...value } as Record<string, unknown>) : {}
  const chosen = members.find(({ target }) => target === object)
  if (value !== null && !chosen) {
    applied.failures.push(unknownMember(field, members, object, value))
    return
  }
  for (const member of members) {
    applied.given.add(member.name)
    applied.after[member.name] = null
  }
  if (chosen) readValue(chosen, other, applied)
}

function unknownMember(
  field: FieldModel,
  members: readonly FieldModel[],
  object: unknown,
  value: unknown,
): Failure {
  const targets = members.map(({ target = '' }) => target)
  if (typeof object !== 'string') {
    const parsed = field.type.parse(value, field.options)
    if ('fault' in parsed) return failure(field.name, parsed.fault.code, parsed.fault.message)
  }
  const word = String(object).slice(0, 63)
  const suggestion = nearest(word, targets)
  const list = targets.join(', ')
  return failure(
    field.name,
    'unknown_reference',
    message(`"${word}" is none of: ${list}`, `“${word}”不在可关联的对象中：${list}`),
    suggestion === undefined ? {} : { suggestion },
  )
}

/** By what people know a field: what is part of a lookup of several objects by that one. */
export function shownName({ partOf, name }: FieldModel): string {
  return partOf ?? name
}

function readValue(field: FieldModel, value: unknown, applied: AppliedValues): void {
  const named = namedReference(field, value)
  if (named) {
    applied.named.push(named)
    return
  }
  const parsed = readClean(field, value)
  if ('fault' in parsed) {
    applied.failures.push(failure(shownName(field), parsed.fault.code, parsed.fault.message))
  } else applied.after[field.name] = parsed.value
}

/** `{"<unique field>": <value>}`; `{"id": …}`, with or without a name beside it, is an id. */
function namedReference(field: FieldModel, value: unknown): NamedReference | undefined {
  if (
    field.target === undefined ||
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    'id' in value
  ) {
    return undefined
  }
  const entries = Object.entries(value)
  const [first] = entries
  return entries.length === 1 && first ? { field, by: first[0], value: first[1] } : undefined
}

function applyDefaults(plan: SavePlan, given: GivenValues, applied: AppliedValues): void {
  const { after } = applied
  for (const field of plan.stored) {
    if (field.name in after || applied.given.has(field.name)) continue
    after[field.name] = constantDefault(field, given)
  }
}

function constantDefault(field: FieldModel, given: GivenValues): FieldValue {
  if (field.name === 'owner') return given.actor.userId
  if (field.type.name === 'checkbox') return field.definition.default === true
  const value = field.definition.default
  if (value === undefined) return field.type.emptyValue ?? null
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return null
  }
  const parsed = readClean(field, value)
  return 'value' in parsed ? parsed.value : null
}

/** Fields that follow an attribute of a chosen value change with it, unless the caller says otherwise. */
function applyFollowers(plan: SavePlan, given: GivenValues, applied: AppliedValues): void {
  for (const field of plan.stored) {
    const follows = field.definition.default_from
    if (!follows || applied.given.has(field.name) || given.withheld.has(field.name)) continue
    const source = applied.after[follows.field] ?? null
    if (given.before !== null && source === (given.before[follows.field] ?? null)) continue
    const value = plan.object.fields.get(follows.field)?.values?.find((one) => one.code === source)
    const parsed = readClean(
      field,
      (value as Record<string, unknown> | undefined)?.[follows.attribute] ?? null,
    )
    applied.after[field.name] = 'value' in parsed ? parsed.value : null
  }
}

/** What an expression gave, as the field keeps it: numbers rounded half up to the field's scale. */
export function toStored(field: FieldModel, value: unknown): FieldValue {
  if (value === null || value === undefined) return null
  // Expressions know milliseconds, fields seconds.
  if (field.type.expressionType === 'time') return String(value).slice(0, 8)
  if (field.type.expressionType !== 'number') {
    return field.target !== undefined && !isRecordId(value)
      ? null
      : cleanValue(field, value as FieldValue)
  }
  const storage = field.type.storage(field.options)
  return roundHalfUp(String(value), storage.as === 'numeric' ? storage.scale : 0)
}

function roundHalfUp(text: string, scale: number): number {
  return Number(new Decimal(text).toDecimalPlaces(scale, Decimal.ROUND_HALF_UP))
}
