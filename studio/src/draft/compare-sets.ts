import {
  type FieldAccess,
  type PermissionSetDefinition,
  SYSTEM_PERMISSIONS,
} from '@trellis/metamodel'

import {
  fieldAccessOf,
  isScoped,
  OBJECT_RIGHTS,
  type ObjectRight,
  rightsOver,
  scopeOf,
} from './permission-commands.ts'

/** What a right comes to: nothing, itself, or as far as it reaches; of a field its access. */
export type Given = string

/** One thing that one set gives and the other does not, or not so far. */
export interface SetDifference {
  /** The object; empty for rights over the system. */
  object: string
  about: 'right' | 'other_fields' | 'field' | 'reveal' | 'system' | 'app' | 'custom'
  /** The right, the field, the permission or the app. */
  name: string
  one: Given
  other: Given
}

/** Everything in which two permission sets differ, rights over the system first, then object by object. */
export function compareSets(
  one: PermissionSetDefinition,
  other: PermissionSetDefinition,
): SetDifference[] {
  const objects = [
    ...new Set([...Object.keys(one.objects ?? {}), ...Object.keys(other.objects ?? {})]),
  ]
  return [
    ...compareNames('system', one.system, other.system, SYSTEM_PERMISSIONS),
    ...compareNames('app', one.apps, other.apps),
    ...compareNames('custom', one.custom, other.custom),
    ...objects.toSorted().flatMap((object) => compareObject(object, one, other)),
  ]
}

function compareNames(
  about: SetDifference['about'],
  one: readonly string[] = [],
  other: readonly string[] = [],
  order: readonly string[] = [],
): SetDifference[] {
  return [...new Set([...order, ...one, ...other])]
    .filter((name) => one.includes(name) !== other.includes(name))
    .map((name) => ({
      object: '',
      about,
      name,
      one: one.includes(name) ? 'given' : 'none',
      other: other.includes(name) ? 'given' : 'none',
    }))
}

function compareObject(
  object: string,
  one: PermissionSetDefinition,
  other: PermissionSetDefinition,
): SetDifference[] {
  const rights = OBJECT_RIGHTS.map((right): SetDifference => ({
    object,
    about: 'right',
    name: right,
    one: given(one, object, right),
    other: given(other, object, right),
  }))
  const names = [one, other].flatMap((set) => {
    const { fields, reveal } = rightsOver(set, object)
    return [...Object.keys(fields ?? {}), ...(reveal ?? [])]
  })
  const fields = [...new Set(names)].toSorted().flatMap((field): SetDifference[] => [
    {
      object,
      about: 'field',
      name: field,
      one: accessIn(one, object, field),
      other: accessIn(other, object, field),
    },
    {
      object,
      about: 'reveal',
      name: field,
      one: revealIn(one, object, field),
      other: revealIn(other, object, field),
    },
  ])
  const others: SetDifference = {
    object,
    about: 'other_fields',
    name: '',
    one: accessIn(one, object, undefined),
    other: accessIn(other, object, undefined),
  }
  return [...rights, others, ...fields].filter((row) => row.one !== row.other)
}

function given(set: PermissionSetDefinition, object: string, right: ObjectRight): Given {
  const rights = rightsOver(set, object)
  if (rights[right] !== true) return 'none'
  return isScoped(right) ? scopeOf(rights, right) : 'given'
}

function accessIn(
  set: PermissionSetDefinition,
  object: string,
  field: string | undefined,
): FieldAccess {
  const rights = set.objects?.[object]
  if (rights?.read !== true) return 'none'
  return field === undefined ? (rights.field_access ?? 'edit') : fieldAccessOf(set, object, field)
}

function revealIn(set: PermissionSetDefinition, object: string, field: string): Given {
  return rightsOver(set, object).reveal?.includes(field) === true ? 'given' : 'none'
}
