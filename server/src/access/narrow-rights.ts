import {
  narrowerAccess,
  type ObjectAccess,
  type RecordRight,
  type Rights,
  type Scopes,
} from '@trellis/metamodel'

/**
 * The rights that two have in common: what a key may do is what its user may do, and no more than
 * its permission set says. Over records both are asked, see `parts`.
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
    field: (field) => narrowerAccess(rights.field(field), by.field(field)),
    reveal: (field) => rights.reveal(field) && by.reveal(field),
    parts: [...rights.parts, ...by.parts],
  }
}

function common<Item>(one: ReadonlySet<Item>, other: ReadonlySet<Item>): ReadonlySet<Item> {
  return new Set([...one].filter((item) => other.has(item)))
}

function commonAccess(one: ObjectAccess, other: ObjectAccess): ObjectAccess {
  const scopes = (right: RecordRight): Scopes => narrower(one.scopes[right], other.scopes[right])
  return {
    create: one.create && other.create,
    read: one.read && other.read,
    edit: one.edit && other.edit,
    delete: one.delete && other.delete,
    transfer: one.transfer && other.transfer,
    export: one.export && other.export,
    recordTypes: commonTypes(one.recordTypes, other.recordTypes),
    scopes: {
      read: scopes('read'),
      edit: scopes('edit'),
      delete: scopes('delete'),
      transfer: scopes('transfer'),
    },
  }
}

function commonTypes(
  one: ObjectAccess['recordTypes'],
  other: ObjectAccess['recordTypes'],
): ObjectAccess['recordTypes'] {
  if (one === null || other === null) return one ?? other
  return common(one, other)
}

// Two different scopes have no third one in common; `parts` is what decides, this only says whether it is all.
function narrower(one: Scopes, other: Scopes): Scopes {
  return one.has('all') ? other : one
}
