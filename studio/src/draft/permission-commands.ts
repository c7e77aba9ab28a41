import type {
  AccessScope,
  FieldAccess,
  ObjectRights,
  PermissionSetDefinition,
} from '@trellis/metamodel'

export const OBJECT_RIGHTS = ['create', 'read', 'edit', 'delete', 'transfer', 'export'] as const
export type ObjectRight = (typeof OBJECT_RIGHTS)[number]

/** The rights that reach so far, and the keys that say how far. */
export const SCOPED_RIGHTS = {
  read: 'read_scope',
  edit: 'edit_scope',
  delete: 'delete_scope',
} as const
export type ScopedRight = keyof typeof SCOPED_RIGHTS
export type ScopeKey = (typeof SCOPED_RIGHTS)[ScopedRight]

/** Whether a right reaches only so far. */
export function isScoped(right: ObjectRight): right is ScopedRight {
  return right in SCOPED_RIGHTS
}

/** The rights of a set over one object. */
export function rightsOver(set: PermissionSetDefinition, object: string): ObjectRights {
  return set.objects?.[object] ?? {}
}

/**
 * Gives or takes a right. Whoever may change or delete must be able to read: giving one gives `read`, taking
 * `read` takes them all.
 */
export function setRight(
  set: PermissionSetDefinition,
  object: string,
  given: { right: ObjectRight; on: boolean },
): PermissionSetDefinition {
  const rights = { ...rightsOver(set, object) }
  if (given.on) {
    rights[given.right] = true
    rights.read = true
  } else {
    for (const right of given.right === 'read' ? OBJECT_RIGHTS : [given.right]) delete rights[right]
  }
  return withRights(set, object, rights)
}

/** Gives or takes every right at once. */
export function setAllRights(
  set: PermissionSetDefinition,
  object: string,
  on: boolean,
): PermissionSetDefinition {
  const rights: ObjectRights = { ...rightsOver(set, object) }
  for (const right of OBJECT_RIGHTS) {
    if (on) rights[right] = true
    else delete rights[right]
  }
  return withRights(set, object, rights)
}

/** How far a right reaches; deleting as far as editing, where nothing else is written. */
export function scopeOf(rights: ObjectRights, right: ScopedRight): AccessScope {
  if (right === 'delete') return rights.delete_scope ?? rights.edit_scope ?? 'own'
  return rights[SCOPED_RIGHTS[right]] ?? 'own'
}

/**
 * How far a right is to reach. What is meant when nothing is written is not written; to change how far editing
 * reaches does not change how far deleting does.
 */
export function setScope(
  set: PermissionSetDefinition,
  object: string,
  scope: { of: ScopeKey; is: AccessScope },
): PermissionSetDefinition {
  const rights = { ...rightsOver(set, object) }
  const deletes = scopeOf(rights, 'delete')
  if (scope.is === 'own') delete rights[scope.of]
  else rights[scope.of] = scope.is
  if (rights.delete === true) {
    delete rights.delete_scope
    const wanted = scope.of === 'delete_scope' ? scope.is : deletes
    if (scopeOf(rights, 'delete') !== wanted) rights.delete_scope = wanted
  }
  return withRights(set, object, rights)
}

/** Gives or takes whether the values behind the masks of fields may be asked for. */
export function setReveal(
  set: PermissionSetDefinition,
  object: string,
  given: { fields: readonly string[]; on: boolean },
): PermissionSetDefinition {
  const rights = { ...rightsOver(set, object) }
  const others = (rights.reveal ?? []).filter((name) => !given.fields.includes(name))
  const reveal = given.on ? [...others, ...given.fields] : others
  if (reveal.length === 0) delete rights.reveal
  else rights.reveal = reveal.toSorted()
  return withRights(set, object, rights)
}

/** The right over one field: the one written for it, else the one for fields that are not named. */
export function fieldAccessOf(
  set: PermissionSetDefinition,
  object: string,
  field: string,
): FieldAccess {
  const rights = rightsOver(set, object)
  return rights.fields?.[field] ?? rights.field_access ?? 'edit'
}

/**
 * Sets the right over some fields; what says the same as the right for unnamed fields is not written. What has no mask
 * has nothing to reveal.
 */
export function setFieldAccess(
  set: PermissionSetDefinition,
  object: string,
  access: { fields: readonly string[]; is: FieldAccess },
): PermissionSetDefinition {
  const rights = { ...rightsOver(set, object) }
  const fields = { ...rights.fields }
  for (const field of access.fields) {
    if (access.is === (rights.field_access ?? 'edit')) delete fields[field]
    else fields[field] = access.is
  }
  if (Object.keys(fields).length === 0) delete rights.fields
  else rights.fields = fields
  const next = withRights(set, object, rights)
  return access.is === 'masked'
    ? next
    : setReveal(next, object, { fields: access.fields, on: false })
}

/** Sets the right over fields that are not named; those named stay as they are written. */
export function setUsualFieldAccess(
  set: PermissionSetDefinition,
  object: string,
  is: FieldAccess,
): PermissionSetDefinition {
  const rights = { ...rightsOver(set, object) }
  if (is === 'edit') delete rights.field_access
  else rights.field_access = is
  return withRights(set, object, rights)
}

/** Sets which record types may be chosen; undefined for all of them, those to come too. */
export function setRecordTypes(
  set: PermissionSetDefinition,
  object: string,
  types: readonly string[] | undefined,
): PermissionSetDefinition {
  const rights = { ...rightsOver(set, object) }
  if (types === undefined) delete rights.record_types
  else rights.record_types = [...types]
  return withRights(set, object, rights)
}

/** A set that gives nothing over an object does not name it. */
function withRights(
  set: PermissionSetDefinition,
  object: string,
  rights: ObjectRights,
): PermissionSetDefinition {
  const objects = { ...set.objects }
  const givesSomething = OBJECT_RIGHTS.some((right) => rights[right] === true)
  if (givesSomething) objects[object] = rights
  else delete objects[object]
  const { objects: _, ...rest } = set
  return Object.keys(objects).length === 0 ? rest : { ...rest, objects }
}
