import type { AccessScope, FieldAccess, ObjectAccess, Rights } from '@trellis/metamodel'

const FIELD_WIDTH: Readonly<Record<FieldAccess, number>> = { none: 0, read: 1, edit: 2 }

/**
 * The rights that two have in common: what a key may do is what its user may do, and no more than
 * its permission set says.
 */
export function narrowRights(rights: Rights, by: Rights): Rights {
  const objects = new Map<string, ObjectAccess>()
  return {
    signature: `${rights.signature} within ${by.signature}`,
    system: common(rights.system, by.system),
    custom: common(rights.custom, by.custom),
    apps: common(rights.apps, by.apps),
    object: (name) => {
      const known = objects.get(name) ?? commonAccess(rights.object(name), by.object(name))
      objects.set(name, known)
      return known
    },
    field: (field) => {
      const [one, other] = [rights.field(field), by.field(field)]
      return FIELD_WIDTH[one] < FIELD_WIDTH[other] ? one : other
    },
  }
}

function common<Item>(one: ReadonlySet<Item>, other: ReadonlySet<Item>): ReadonlySet<Item> {
  return new Set([...one].filter((item) => other.has(item)))
}

function commonAccess(one: ObjectAccess, other: ObjectAccess): ObjectAccess {
  return {
    create: one.create && other.create,
    read: one.read && other.read,
    edit: one.edit && other.edit,
    delete: one.delete && other.delete,
    export: one.export && other.export,
    readScope: narrower(one.readScope, other.readScope),
    editScope: narrower(one.editScope, other.editScope),
    deleteScope: narrower(one.deleteScope, other.deleteScope),
  }
}

function narrower(one: AccessScope, other: AccessScope): AccessScope {
  return one === 'all' ? other : one
}
