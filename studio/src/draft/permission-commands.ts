import type {
  AccessScope,
  FieldAccess,
  ObjectRights,
  PermissionSetDefinition,
} from '@trellis/metamodel'

export const OBJECT_RIGHTS = ['create', 'read', 'edit', 'delete', 'export'] as const
export type ObjectRight = (typeof OBJECT_RIGHTS)[number]

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

/** How far reading or editing reaches. `own` is what is meant when nothing is written. */
export function setScope(
  set: PermissionSetDefinition,
  object: string,
  scope: { of: 'read_scope' | 'edit_scope'; is: AccessScope },
): PermissionSetDefinition {
  const rights = { ...rightsOver(set, object) }
  if (scope.is === 'own') delete rights[scope.of]
  else rights[scope.of] = scope.is
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

/** Sets the right over some fields; what says the same as the right for unnamed fields is not written. */
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
  return withRights(set, object, rights)
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
