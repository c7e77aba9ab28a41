import { type DescribedField, type DescribedObject, RECORD_TYPE } from '@trellis/metamodel'

import { computed, type Conditions, evaluate, type RecordValues } from './conditions.ts'
import { isSameValue, writtenValue } from './diff-record.ts'
import { clearControlled, firstRecordType, followRecordType } from './record-types.ts'

/**
 * The values with which a new record opens: what is given (by the URL, a parent, a copy) before what the fields
 * say. References among the defaults that name the user come with the user's name.
 */
export function resolveDefaults(
  object: DescribedObject,
  given: RecordValues,
  conditions: Conditions,
): Record<string, unknown> {
  const type = firstRecordType(object)
  const typed = type ? { [RECORD_TYPE]: type.name, ...given } : given
  const values = followRecordType(object, typed)
  for (const field of object.fields) {
    if (values[field.name] !== undefined) continue
    const value = defaultOf(object, field, { values, conditions })
    if (value !== undefined) values[field.name] = value
  }
  return followAttributes(object, values, new Set(Object.keys(given)))
}

function defaultOf(
  object: DescribedObject,
  field: DescribedField,
  { values, conditions }: { values: RecordValues; conditions: Conditions },
): unknown {
  const { user } = conditions
  if (field.name === 'owner' && object.has_owner) return { id: user['id'], name: user['name'] }
  if (field.default === undefined) {
    return field.type === 'checkbox' && !field.system ? false : undefined
  }
  const value = evaluate(field.default, values, { ...conditions, object })
  if (field.type === 'user' && value === user['id']) return { id: value, name: user['name'] }
  return value ?? undefined
}

/** The attribute of the chosen value that a `default_from` reads, e.g. the probability of a stage. */
function attributeOf(
  object: DescribedObject,
  field: DescribedField,
  values: RecordValues,
): unknown {
  const from = field.default_from
  const source = from && object.fields.find((candidate) => candidate.name === from.field)
  const chosen = source?.values?.find((value) => value.code === writtenValue(values[source.name]))
  const attribute = Object.entries(chosen ?? {}).find(([key]) => key === from?.attribute)
  return attribute?.[1] ?? null
}

/**
 * Lets fields with `default_from` follow the value that they read, until the user has set them.
 * @param setByUser names that the user has typed into or chosen
 */
export function followAttributes(
  object: DescribedObject,
  values: RecordValues,
  setByUser: ReadonlySet<string>,
): Record<string, unknown> {
  const followed: Record<string, unknown> = { ...values }
  for (const field of object.fields) {
    if (!field.default_from || setByUser.has(field.name)) continue
    followed[field.name] = attributeOf(object, field, values)
  }
  return followed
}

/**
 * The values after the user has changed one of them. Fields with `default_from` on it follow, unless the user
 * has set them or they had already left the attribute of the former value.
 */
export function changeValue(
  object: DescribedObject,
  values: RecordValues,
  {
    field: changed,
    value,
    setByUser,
  }: { field: string; value: unknown; setByUser: ReadonlySet<string> },
): Record<string, unknown> {
  const kept = object.fields.filter(
    (field) => !isFollowing(object, field, values) || field.default_from?.field !== changed,
  )
  const names = new Set([...setByUser, ...kept.map((field) => field.name)])
  const after = clearControlled(object, { ...values, [changed]: value }, changed)
  const typed = changed === RECORD_TYPE ? followRecordType(object, after) : after
  return followAttributes(object, typed, names)
}

function isFollowing(
  object: DescribedObject,
  field: DescribedField,
  values: RecordValues,
): boolean {
  return isSameValue(values[field.name], attributeOf(object, field, values))
}

/** Derived fields and formulas as they will be after the save, as far as the record's own values tell. */
export function deriveValues(
  object: DescribedObject,
  values: RecordValues,
  conditions: Conditions,
): Record<string, unknown> {
  const derived: Record<string, unknown> = { ...values }
  for (const field of object.fields) {
    if (field.derive === undefined || field.derive === null) continue
    const value = evaluate(field.derive, derived, { ...conditions, object })
    if (value !== undefined) derived[field.name] = value
  }
  for (const field of object.fields) {
    const value = computed(field, derived, { ...conditions, object })
    if (value !== undefined) derived[field.name] = value
  }
  return derived
}

/** The fields of a record that a copy takes over: what a user may write, without what must be its own. */
export function copyableValues(
  object: DescribedObject,
  record: RecordValues,
): Record<string, unknown> {
  const names = object.fields
    .filter(
      (field) => !field.system && !field.read_only && !field.unique && field.access === 'edit',
    )
    .map((field) => field.name)
  return Object.fromEntries(names.map((name) => [name, record[name] ?? null]))
}
