import type { DescribedField, DescribedObject, SharePrincipalType } from '@trellis/metamodel'

/** The objects whose records a record may be shared with. */
const TARGETS: Readonly<Record<SharePrincipalType, string | undefined>> = {
  user: 'user',
  role: undefined,
  role_and_below: undefined,
  department: 'department',
  department_and_below: 'department',
  group: 'user_group',
}

/**
 * The field with which principals of a type are chosen: a look-up, or the roles that users have. Undefined where the
 * person may not read what there is to choose from.
 */
export function principalField(
  type: SharePrincipalType,
  label: string,
  objectOf: (name: string) => DescribedObject | undefined,
): DescribedField | undefined {
  const target = TARGETS[type]
  const common = { ...BARE, name: 'principal', label }
  if (target !== undefined) {
    return objectOf(target) ? { ...common, type: 'lookup', target } : undefined
  }
  const role = objectOf('user')?.fields.find(({ name }) => name === 'role')
  return role?.values ? { ...common, type: 'picklist', values: role.values } : undefined
}

/** What every field has that is of no layout. */
const BARE = {
  access: 'edit',
  required: true,
  unique: false,
  system: false,
  read_only: false,
  sortable: false,
  groupable: false,
  filter_operators: [],
  searchable: false,
  options: {},
} as const satisfies Partial<DescribedField>

/** A field of this type alone, for an input outside of a form. */
export function looseField(type: string, label: string): DescribedField {
  return { ...BARE, filter_operators: [], name: type, label, type, required: false }
}
