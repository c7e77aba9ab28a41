import type {
  AccessScope,
  FieldAccess,
  PermissionSetDefinition,
  SystemPermission,
} from '../kinds/index.ts'
import type { FieldModel, Model, ObjectModel } from '../model/index.ts'

/** What one actor may do with an object. */
export interface ObjectAccess {
  create: boolean
  read: boolean
  edit: boolean
  delete: boolean
  export: boolean
  readScope: AccessScope
  editScope: AccessScope
  deleteScope: AccessScope
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
}

const NOTHING: ObjectAccess = {
  create: false,
  read: false,
  edit: false,
  delete: false,
  export: false,
  readScope: 'own',
  editScope: 'own',
  deleteScope: 'own',
}
const EVERYTHING: ObjectAccess = {
  create: true,
  read: true,
  edit: true,
  delete: true,
  export: true,
  readScope: 'all',
  editScope: 'all',
  deleteScope: 'all',
}

/**
 * Adds up permission sets. Sets only open: the widest right, scope and field access wins. Names of sets that
 * are gone grant nothing. `view_all_data` and `modify_all_data` stand above objects and scopes.
 */
export function compileRights(model: Model, setNames: readonly string[]): Rights {
  const names = [...new Set(setNames)].toSorted()
  const sets = names.flatMap((name) => model.permissionSets.get(name) ?? [])
  const system = new Set(sets.flatMap((set) => set.system ?? []))
  const objects = new Map<string, ObjectAccess>()
  const fields = new Map<FieldModel, FieldAccess>()
  const object = (name: string): ObjectAccess => {
    const known = objects.get(name) ?? objectAccess(model.objects.get(name), sets, system)
    objects.set(name, known)
    return known
  }
  return {
    signature: names.join('+'),
    system,
    custom: new Set(sets.flatMap((set) => set.custom ?? [])),
    apps: new Set(sets.flatMap((set) => set.apps ?? [])),
    object,
    field: (field) => {
      const known = fields.get(field) ?? fieldAccess(field, sets, object(field.object))
      fields.set(field, known)
      return known
    },
  }
}

/** Rights of the system itself, for work that no person asked for. */
export function unlimitedRights(): Rights {
  return {
    signature: '*',
    system: new Set([
      'customize',
      'manage_users',
      'view_all_data',
      'modify_all_data',
      'export',
      'import',
      'api',
    ] as const),
    custom: new Set(),
    apps: new Set(),
    object: () => EVERYTHING,
    field: () => 'edit',
  }
}

function objectAccess(
  object: ObjectModel | undefined,
  sets: readonly PermissionSetDefinition[],
  system: ReadonlySet<SystemPermission>,
): ObjectAccess {
  if (!object) return NOTHING
  if (system.has('modify_all_data')) return EVERYTHING
  const granted = sets.flatMap((set) => set.objects?.[object.name] ?? [])
  const has = (right: 'create' | 'read' | 'edit' | 'delete' | 'export'): boolean =>
    granted.some((one) => one[right] === true)
  const isAllSeen = system.has('view_all_data')
  const opensTo = object.sharing
  const readsAll =
    isAllSeen ||
    opensTo === 'read' ||
    opensTo === 'read_write' ||
    granted.some((one) => one.read === true && one.read_scope === 'all')
  const editsAll =
    opensTo === 'read_write' || granted.some((one) => one.edit === true && one.edit_scope === 'all')
  const deletesAll = granted.some((one) => one.delete === true && one.edit_scope === 'all')
  const read = isAllSeen || has('read')
  return {
    create: has('create'),
    read,
    edit: read && has('edit'),
    delete: read && has('delete'),
    export: read && (has('export') || system.has('export')),
    readScope: readsAll || editsAll ? 'all' : 'own',
    editScope: editsAll ? 'all' : 'own',
    deleteScope: deletesAll ? 'all' : 'own',
  }
}

const WIDTH: Record<FieldAccess, number> = { none: 0, read: 1, edit: 2 }

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
    const rights = set.objects?.[field.object]
    const access = rights
      ? (rights.fields?.[field.name] ?? rights.field_access ?? 'edit')
      : seesAll(set)
    if (WIDTH[access] > WIDTH[widest]) widest = access
  }
  return widest
}

function seesAll(set: PermissionSetDefinition): FieldAccess {
  return set.system?.includes('view_all_data') ? 'read' : 'none'
}
