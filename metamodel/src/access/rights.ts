import { expressionReferences } from '../expression/index.ts'
import type { Expression } from '../expression/index.ts'
import type {
  AccessScope,
  FieldAccess,
  ObjectRights,
  PermissionSetDefinition,
  SystemPermission,
} from '../kinds/index.ts'
import { SYSTEM_PERMISSIONS } from '../kinds/index.ts'
import {
  type FieldModel,
  type Model,
  type ObjectModel,
  ORGANIZATION_OBJECTS,
  resolveFieldPath,
} from '../model/index.ts'

/** A right over single records. What is shared may be read or edited; only owners and those above delete and transfer. */
export type RecordRight = 'read' | 'edit' | 'delete' | 'transfer'

/** The scopes that a right has, without those that others of them include. `all` stands alone. */
export type Scopes = ReadonlySet<AccessScope>

/** What one actor may do with an object. */
export interface ObjectAccess {
  create: boolean
  read: boolean
  edit: boolean
  delete: boolean
  /** May make others the owner. */
  transfer: boolean
  export: boolean
  /** The record types that may be chosen; null for all of them. */
  recordTypes: ReadonlySet<string> | null
  /** How far each right reaches by the owner of a record; sharing opens further, restriction rules close. */
  scopes: Readonly<Record<RecordRight, Scopes>>
}

/** The sum of an actor's permission sets against one model. Immutable; cached by release and set names. */
export interface Rights {
  /** Names the sum: equal signatures have equal rights within a release. */
  signature: string
  system: ReadonlySet<SystemPermission>
  custom: ReadonlySet<string>
  apps: ReadonlySet<string>
  object(name: string): ObjectAccess
  field(field: FieldModel): FieldAccess
  /** Whether the value behind a mask may be asked for; of a derived field, also those that it is made of. */
  reveal(field: FieldModel): boolean
  /** Rights that all have to allow what is done with a record: more than one for a key that narrows its user. */
  parts: readonly Rights[]
}

const OWN: Scopes = new Set(['own'])
const ALL: Scopes = new Set(['all'])

const NOTHING: ObjectAccess = {
  create: false,
  read: false,
  edit: false,
  delete: false,
  transfer: false,
  export: false,
  recordTypes: new Set(),
  scopes: { read: OWN, edit: OWN, delete: OWN, transfer: OWN },
}
const EVERYTHING: ObjectAccess = {
  create: true,
  read: true,
  edit: true,
  delete: true,
  transfer: true,
  export: true,
  recordTypes: null,
  scopes: { read: ALL, edit: ALL, delete: ALL, transfer: ALL },
}

/**
 * Adds up permission sets. Sets only open: every right and scope that one of them gives is there, and the widest
 * field access wins. Names of sets that are gone grant nothing. `view_all_data` and `modify_all_data` stand above
 * objects and scopes; who belongs where is for `manage_users` alone to change.
 */
export function compileRights(model: Model, setNames: readonly string[]): Rights {
  const names = [...new Set(setNames)].toSorted()
  const sets = names.flatMap((name) => model.permissionSets.get(name) ?? [])
  const system = new Set(sets.flatMap((set) => set.system ?? []))
  const object = kept((name: string) => objectAccess(model.objects.get(name), sets, system))
  const field: Rights['field'] = kept((one: FieldModel) => {
    const own = fieldAccess(one, sets, object(one.object))
    return dependencies(model, one).reduce((least, other) => atMost(least, field(other)), own)
  })
  const reveal: Rights['reveal'] = (one) =>
    field(one) === 'masked' &&
    sets.some((set) => set.objects?.[one.object]?.reveal?.includes(one.name)) &&
    dependencies(model, one).every((other) => isTold(field(other)) || reveal(other))
  const rights: Rights = {
    signature: names.join('+'),
    system,
    custom: new Set(sets.flatMap((set) => set.custom ?? [])),
    apps: new Set(sets.flatMap((set) => set.apps ?? [])),
    object,
    field,
    reveal,
    get parts() {
      return [rights]
    },
  }
  return rights
}

/** Rights of the system itself, for work that no person asked for. */
export function unlimitedRights(): Rights {
  const rights: Rights = {
    signature: '*',
    system: new Set(SYSTEM_PERMISSIONS),
    custom: new Set(),
    apps: new Set(),
    object: () => EVERYTHING,
    field: () => 'edit',
    reveal: () => false,
    get parts() {
      return [rights]
    },
  }
  return rights
}

/** Whether a right reaches every record of the object, whoever owns it. */
export function reachesAll(access: ObjectAccess, right: RecordRight): boolean {
  return access[right] && access.scopes[right].has('all')
}

/** Whether a record type may be chosen for a record of the object. */
export function mayChooseType({ recordTypes }: ObjectAccess, recordType: string): boolean {
  return recordTypes === null || recordTypes.has(recordType)
}

const WIDTH: Record<FieldAccess, number> = { none: 0, masked: 1, read: 2, edit: 3 }

/** The narrower of two accesses to a field. */
export function narrowerAccess(one: FieldAccess, other: FieldAccess): FieldAccess {
  return WIDTH[one] < WIDTH[other] ? one : other
}

/** Whether a field exists for the actor: its value is told, or a mask of it shown. */
export function isShown(access: FieldAccess): boolean {
  return access !== 'none'
}

/** Whether the value of a field may be told. */
export function isTold(access: FieldAccess): boolean {
  return WIDTH[access] >= WIDTH.read
}

function objectAccess(
  object: ObjectModel | undefined,
  sets: readonly PermissionSetDefinition[],
  system: ReadonlySet<SystemPermission>,
): ObjectAccess {
  if (!object) return NOTHING
  if (system.has('modify_all_data')) return EVERYTHING
  const granted = sets.flatMap((set) => set.objects?.[object.name] ?? [])
  const has = (right: 'create' | 'read' | 'edit' | 'delete' | 'transfer' | 'export'): boolean =>
    granted.some((one) => one[right] === true)
  const read = system.has('view_all_data') || has('read')
  const isManaged = ORGANIZATION_OBJECTS.has(object.name)
  const manages = read && isManaged && system.has('manage_users')
  const may = (right: 'create' | 'edit' | 'delete'): boolean =>
    read && (isManaged ? manages : has(right))
  return {
    create: may('create'),
    read,
    edit: may('edit'),
    delete: may('delete'),
    transfer: read && has('transfer'),
    export: read && (has('export') || system.has('export')),
    recordTypes: recordTypesOf(granted),
    scopes: manages ? EVERYTHING.scopes : scopesOf(object, granted, system),
  }
}

/** The types that sets which let records be made or changed offer together. */
function recordTypesOf(granted: readonly ObjectRights[]): ReadonlySet<string> | null {
  const writing = granted.filter((one) => one.create === true || one.edit === true)
  if (writing.some((one) => one.record_types === undefined)) return null
  return new Set(writing.flatMap((one) => one.record_types ?? []))
}

function scopesOf(
  object: ObjectModel,
  granted: readonly ObjectRights[],
  system: ReadonlySet<SystemPermission>,
): ObjectAccess['scopes'] {
  const editScopes = granted.flatMap((one) => (one.edit === true ? [one.edit_scope ?? 'own'] : []))
  const deleteScopes = granted.flatMap((one) =>
    one.delete === true ? [one.delete_scope ?? one.edit_scope ?? 'own'] : [],
  )
  const readScopes = granted.flatMap((one) => (one.read === true ? [one.read_scope ?? 'own'] : []))
  const isOpen = object.sharing === 'read_write'
  if (isOpen) editScopes.push('all')
  if (isOpen || object.sharing === 'read' || system.has('view_all_data')) readScopes.push('all')
  return {
    // What may be changed may be seen.
    read: summed([...readScopes, ...editScopes]),
    edit: summed(editScopes),
    delete: summed(deleteScopes),
    // An organization-wide default opens records for work, not for being handed on.
    transfer: summed(
      granted.flatMap((one) => (one.transfer === true ? [one.edit_scope ?? 'own'] : [])),
    ),
  }
}

function summed(scopes: readonly AccessScope[]): Scopes {
  const all = new Set(scopes)
  if (all.has('all')) return ALL
  if (all.has('department_and_below')) all.delete('department')
  all.delete('own')
  return all.size === 0 ? OWN : all
}

function fieldAccess(
  field: FieldModel,
  sets: readonly PermissionSetDefinition[],
  object: ObjectAccess,
): FieldAccess {
  if (!object.read) return 'none'
  if (field.isSystem && field.name !== 'owner') return 'read'
  if (object === EVERYTHING) return 'edit'
  let widest: FieldAccess = 'none'
  for (const set of sets) {
    const access = grantedAccess(set, field)
    if (WIDTH[access] > WIDTH[widest]) widest = access
  }
  return widest
}

function grantedAccess(set: PermissionSetDefinition, field: FieldModel): FieldAccess {
  const rights = set.objects?.[field.object]
  const named =
    rights && (rights.fields?.[field.partOf ?? field.name] ?? rights.field_access ?? 'edit')
  const isManaged =
    ORGANIZATION_OBJECTS.has(field.object) && set.system?.includes('manage_users') === true
  if (named === undefined && isManaged) return 'edit'
  const least = set.system?.includes('view_all_data') === true ? 'read' : 'none'
  return named !== undefined && WIDTH[named] > WIDTH[least] ? named : least
}

/** The fields whose values a derived field or a formula tells: whoever may not know them may not know it either. */
function dependencies(model: Model, field: FieldModel): FieldModel[] {
  const { derive } = field.definition
  const object = model.objects.get(field.object)
  const paths =
    derive === undefined
      ? (field.formula?.reads ?? [])
      : expressionReferences(derive as Expression).fields
  if (object === undefined) return []
  return paths.flatMap((path) => {
    const resolved = resolveFieldPath(model.objects, object, path)
    return resolved ? [...resolved.hops, resolved.field] : []
  })
}

function atMost(access: FieldAccess, dependency: FieldAccess): FieldAccess {
  return isTold(dependency) ? access : narrowerAccess(access, dependency)
}

function kept<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    known.set(key, made)
    return made
  }
}
